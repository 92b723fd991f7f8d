using MlxVideo.Cli.Generate;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Tests.Generate;

public sealed class RenderDisplayTests
{
    [Fact]
    public void Line_names_stage_step_and_device_memory()
    {
        var stage = new EncodePromptStage { Id = "encode", Prompt = "fox", Context = "context" };
        Assert.Equal("[2/9] encode", RenderDisplay.Describe(new RenderProgress(stage, 1, 9, new StageProgress(0, 4))));
        Assert.Equal(
            "[2/9] encode, layer 3 of 4 (1.5 GiB of device memory)",
            RenderDisplay.Describe(new RenderProgress(
                stage, 1, 9, new StageProgress(3, 4, new DeviceMemoryUse(TensorBytes: null, DriverBytes: 3L << 29)))));
    }
}
