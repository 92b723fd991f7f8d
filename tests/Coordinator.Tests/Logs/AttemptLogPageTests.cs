using MlxVideo.Coordinator.Logs;
using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Tests.Logs;

/// <summary>The limits of a response with logs.</summary>
public sealed class AttemptLogPageTests
{
    [Theory]
    [InlineData(10, 100_000, 5, false)]
    [InlineData(5, 100_000, 5, false)]
    [InlineData(2, 100_000, 2, true)]
    [InlineData(10, 2500, 2, true)]
    [InlineData(10, 1, 1, true)]
    public void Page_ends_at_the_limit_and_at_the_size(int limit, long maxCharacters, int expected, bool hasMore)
    {
        var page = AttemptLogPage.Of("b1", Enumerable.Range(1, 5).Select(Attempt), limit, maxCharacters);
        Assert.Equal(Enumerable.Range(1, expected), page.Attempts.Select(attempt => attempt.Attempt));
        Assert.Equal(hasMore, page.HasMore);
    }

    private static AttemptLogView Attempt(int number) => new(
        1, "denoise-1", number, "mini", default, EndedAt: null, AttemptState.Failed, new string('e', 500),
        [new AttemptLogLine(default, new string('x', 500))]);
}
