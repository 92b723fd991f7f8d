using MlxVideo.Cli.Generate.Progress;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Tests.Generate.Progress;

public sealed class EchoLinesTests
{
    [Fact]
    public void First_last_and_every_nth_step_has_a_line()
    {
        var output = new StringWriter();
        var settings = new RenderSettings { Prompt = "fox", NumFrames = 33 };
        Playback.Play(settings, plan => [new EchoLines(output, plan, new EchoIntervals(Denoise: 3, Decode: 12))]);
        Assert.Equal(
            [
                "Denoising 1/8 ETA 0:07", "Denoising 4/8 ETA 0:04", "Denoising 7/8 ETA 0:01", "Denoising 8/8 ETA 0:00",
                "Denoising 1/3 ETA 0:02", "Denoising 3/3 ETA 0:00", "Streaming frames 33/33 ETA 0:00",
            ],
            output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }
}
