using System.Text.Json;
using FsCheck.Xunit;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Tests.Json;

public sealed class FarmJsonTests
{
    [Property(MaxTest = 1000)]
    public bool Any_number_round_trips_with_non_finite_values_written_as_null(double value)
    {
        var text = JsonSerializer.Serialize(new RemainingTime(value, 1, 2), FarmJson.Options);
        var read = JsonSerializer.Deserialize<RemainingTime>(text, FarmJson.Options)!.ExpectedS;
        return double.IsFinite(value) ? read.Equals(value) : double.IsNaN(read) && text == """{"expected_s":null,"earliest_s":1,"latest_s":2}""";
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void View_with_a_non_finite_number_is_serialized(double value)
    {
        var clip =
            new ClipView(1, "a.mp4", new RenderSettings { Prompt = "fox", Fps = value }, ClipState.Rendering, null, value,
                new RemainingTime(value, value, value), null, null, []);
        var text = JsonSerializer.Serialize(new BatchView("b", 1, BatchState.Running, value, [], [clip]), FarmJson.Options);
        Assert.True(double.IsNaN(JsonSerializer.Deserialize<BatchView>(text, FarmJson.Options)!.Clips[0].Remaining!.LatestS));
    }

    [Theory]
    [InlineData("24", 24)]
    [InlineData("2.4e1", 24)]
    [InlineData("\"23.976\"", 23.976)]
    public void Numbers_are_read_from_integers_exponents_and_strings(string json, double value) =>
        Assert.Equal(value, JsonSerializer.Deserialize<double>(json, FarmJson.Options));

    [Theory]
    [InlineData("\"fast\"")]
    [InlineData("true")]
    [InlineData("[]")]
    public void Non_numeric_values_are_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<double>(json, FarmJson.Options));
}
