using MlxVideo.Coordinator.Archive;
using MlxVideo.Coordinator.Storage;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Tests.Storage;

public sealed class RetentionPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("30d", 30.0, null)]
    [InlineData("0.5d", 0.5, null)]
    [InlineData("0d", 0.0, null)]
    [InlineData("500GB", null, 500_000_000_000)]
    [InlineData("500MB", null, 500_000_000L)]
    [InlineData("1.5GB", null, 1_500_000_000L)]
    public void Days_and_sizes_are_understood(string text, double? days, long? bytes)
    {
        var policy = RetentionPolicy.Parse(text);
        Assert.Null(RetentionPolicy.FindError(text));
        Assert.Equal((days, bytes), (policy.Age?.TotalDays, policy.Bytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("d")]
    [InlineData("GB")]
    [InlineData("-1d")]
    [InlineData("30 days")]
    [InlineData("1,5GB")]
    [InlineData("NaNd")]
    [InlineData("40000d")]
    [InlineData("500M")]
    public void Other_texts_are_refused_with_one_sentence(string text)
    {
        var error = RetentionPolicy.FindError(text);
        Assert.Equal($"'{text}' is neither a number of days, such as 30d, nor a size, such as 500GB.", error);
        Assert.Equal(error, Assert.Throws<FormatException>(() => RetentionPolicy.Parse(text)).Message);
    }

    [Fact]
    public void Results_older_than_the_age_expire()
    {
        var (recent, limit, old) = (Result('a', 1, days: 0), Result('b', 1, days: 30), Result('c', 1, days: 30.1));
        Assert.Equal([old], RetentionPolicy.Parse("30d").Expired([recent, limit, old], Now));
    }

    [Fact]
    public void Results_beyond_the_size_expire_oldest_first()
    {
        var results = new[] { Result('a', 600, 0), Result('b', 400, 1), Result('c', 1, 2), Result('d', 1, 3) };
        Assert.Equal(results[2..], RetentionPolicy.Parse("0.000001GB").Expired(results, Now));
    }

    [Fact]
    public void Blob_of_several_results_counts_once()
    {
        var results = new[] { Result('a', 600, 0), Result('a', 600, 1), Result('b', 400, 2), Result('c', 1, 3) };
        Assert.Equal(results[3..], RetentionPolicy.Parse("0.000001GB").Expired(results, Now));
    }

    [Fact]
    public void Result_that_does_not_fit_expires_together_with_all_older_ones()
    {
        var results = new[] { Result('a', 600, 0), Result('b', 500, 1), Result('c', 1, 2) };
        Assert.Equal(results[1..], RetentionPolicy.Parse("0.000001GB").Expired(results, Now));
    }

    private static KeptResult Result(char digest, long bytes, double days) =>
        new($"b{days}", 1, new BlobRef(new string(digest, 64), bytes), Now - TimeSpan.FromDays(days));
}
