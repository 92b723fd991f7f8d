using System.Text.Json;
using MlxVideo.Cli.Generate.Progress;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Tests.Generate.Progress;

/// <summary>The events that user interfaces of mlx-video parse.</summary>
public sealed class EventWriterTests
{
    private const string Prefix = "MLX_VIDEO_UI_EVENT ";

    [Fact]
    public void Event_has_the_fields_of_mlx_video_on_one_line()
    {
        var events = EventsOf(new RenderSettings { Prompt = "fox" });
        Assert.All(events, line => Assert.StartsWith(Prefix + "{\"kind\":\"progress\",\"phase\":\"", line));
        var third = JsonDocument.Parse(events[2][Prefix.Length..]).RootElement;
        Assert.Equal(
            ["kind", "phase", "current", "total", "percent", "eta_seconds"], third.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            (3, 8, 37.5, 5),
            (third.GetProperty("current").GetInt32(), third.GetProperty("total").GetInt32(), third.GetProperty("percent").GetDouble(),
                third.GetProperty("eta_seconds").GetDouble()));
    }

    [Theory]
    [InlineData(PipelineKind.Distilled, null, "stage1 1/8 stage1 8/8 stage2 1/3 stage2 3/3 decode 33/33")]
    [InlineData(PipelineKind.OneStage, null, "dev 1/40 dev 40/40 decode 33/33")]
    [InlineData(PipelineKind.OneStage, 25, "dev 1/40 dev 40/40 dev 1/40 dev 40/40 decode 33/33")]
    [InlineData(
        PipelineKind.Distilled, 25,
        "stage1 1/8 stage1 8/8 stage1 1/8 stage1 8/8 stage2 1/3 stage2 3/3 stage2 1/3 stage2 3/3 decode 33/33")]
    public void Phases_follow_the_pipeline_and_its_parts(PipelineKind pipeline, int? partFrames, string expected)
    {
        var settings = new RenderSettings { Prompt = "fox", Pipeline = pipeline, PartFrames = partFrames, OverlapFrames = 9 };
        var events = EventsOf(settings)
            .Select(line => JsonDocument.Parse(line[Prefix.Length..]).RootElement)
            .Where(step => step.GetProperty("current").GetInt32() is 1 || step.GetProperty("percent").GetDouble() == 100)
            .Select(step => $"{step.GetProperty("phase")} {step.GetProperty("current")}/{step.GetProperty("total")}");
        Assert.Equal(expected, string.Join(' ', events));
    }

    [Fact]
    public void Decoding_of_several_tiles_counts_the_frames_of_the_clip()
    {
        var frames = EventsOf(new RenderSettings { Prompt = "fox", NumFrames = 241 })
            .Select(line => JsonDocument.Parse(line[Prefix.Length..]).RootElement)
            .Where(step => step.GetProperty("phase").GetString() == "decode").ToList();
        Assert.True(frames.Count > 1);
        Assert.Equal(frames.OrderBy(step => step.GetProperty("current").GetInt32()), frames);
        Assert.All(frames, step => Assert.Equal(241, step.GetProperty("total").GetInt32()));
        Assert.Equal(241, frames[^1].GetProperty("current").GetInt32());
        Assert.True(frames[0].GetProperty("eta_seconds").GetDouble() > 0);
    }

    private static string[] EventsOf(RenderSettings settings)
    {
        var output = new StringWriter();
        Playback.Play(settings, plan => [new EventWriter(output, new RenderPhases(plan), plan)]);
        return output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }
}
