using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Generate;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Tests;

public sealed class GenerateRequestTests
{
    private static readonly GenerateRequest Good = new(new RenderSettings { Prompt = "A fox" }, [], "/tmp/fox.mp4", null, 1);

    [Fact]
    public void Valid_request_has_no_faults() => Assert.Empty(Good.Errors());

    [Fact]
    public void All_faults_are_reported_together()
    {
        var bad = Good with
        {
            Settings = Good.Settings with { Prompt = " ", Width = 65, NumFrames = 10 },
            Images = [new ImageArgument("/nowhere/picture.png", 99, 2)],
            Output = "/tmp/fox.mov",
            Threads = 0,
            WeightMemory = 0,
        };
        var errors = bad.Errors();
        Assert.Equal(
            ["--prompt:", "--width:", "--num-frames:", "--image:", "--image", "--image", "--threads:", "--weight-memory:", "--output:"],
            errors.Select(error => error.Split(' ')[0]));
        Assert.Contains("use 9 or 17", errors[2]);
        Assert.Contains("/nowhere/picture.png", errors[3]);
    }
}
