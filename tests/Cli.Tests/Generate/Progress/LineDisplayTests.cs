using MlxVideo.Cli.Generate.Progress;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Tests.Generate.Progress;

public sealed class LineDisplayTests
{
    [Fact]
    public void Lines_name_stage_step_pace_and_estimate()
    {
        var output = new StringWriter();
        Playback.Play(new RenderSettings { Prompt = "fox" }, _ => [new LineDisplay(output)]);
        var lines = output.ToString().Split(Environment.NewLine);
        Assert.Contains("[2/7] denoise-1", lines);
        Assert.Contains("[2/7] denoise-1, step 2 of 8, 1.0 s per step, 6.0 s left", lines);
        Assert.Contains("[2/7] denoise-1, step 8 of 8, 1.0 s per step", lines);
    }

    [Fact]
    public void Line_names_device_memory()
    {
        var stage = new EncodePromptStage { Id = "encode", Prompt = "fox", Context = "context" };
        var progress = new StageProgress(3, 4, new DeviceMemoryUse(TensorBytes: null, DriverBytes: 3L << 29));
        Assert.Equal(
            "[2/9] encode, layer 3 of 4, 2.0 s per layer, 2.0 s left (1.5 GiB of device memory)",
            StepText.Line(new RenderStep(new RenderProgress(stage, 1, 9, progress), TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(6))));
    }
}
