using MlxVideo.Cli.Errors;

namespace MlxVideo.Cli.Tests.Generate;

public sealed class GenerateOptionsTests
{
    [Fact]
    public void Prompt_alone_is_a_valid_request()
    {
        var request = ParsedOptions.Read("--prompt", "A red fox");
        Assert.Equal("A red fox", request.Settings.Prompt);
        Assert.Equal(Path.GetFullPath("001-a-red-fox.mp4"), request.Output);
        Assert.Empty(request.Notices);
    }

    [Fact]
    public void All_errors_are_reported_together()
    {
        var refused = Assert.Throws<UsageException>(() => ParsedOptions.Read(
            "--prompt", " ", "--width", "65", "--num-frames", "10", "--strict", "--image", "/nowhere/picture.png", "99", "2",
            "--output", "/tmp/fox.mov", "--threads", "0", "--weight-memory", "0", "--lora", "/nowhere/style.safetensors"));
        var errors = refused.Message.Split('\n');
        Assert.Equal(
            ["--prompt:", "--width:", "--num-frames:", "--image:", "--image", "--image", "--lora:", "--output:", "--threads:",
                "--weight-memory:"],
            errors.Select(error => error.Split(' ')[0]));
        Assert.Contains("use 9 or 17", errors[2]);
        Assert.Contains("/nowhere/picture.png", errors[3]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 9)]
    [InlineData(9, 9)]
    [InlineData(10, 17)]
    [InlineData(100, 105)]
    public void Number_of_frames_is_rounded_up_with_a_notice(int given, int rendered)
    {
        var request = ParsedOptions.Read("-p", "fox", "-n", $"{given}");
        Assert.Equal(rendered, request.Settings.NumFrames);
        Assert.Equal(given == rendered ? 0 : 1, request.Notices.Count(notice => notice.Contains($"{rendered} frames")));
    }

    [Fact]
    public void Unused_variable_of_mlx_video_is_reported()
    {
        var request = ParsedOptions.Read(
            new Dictionary<string, string> { ["LTX_LOAD_CHUNK"] = "512", ["LTX_DEFAULT_AUDIO"] = "0", ["PATH"] = "/bin" }, "-p", "fox");
        Assert.Equal(["The variable LTX_LOAD_CHUNK of mlx-video has no effect here."], request.Notices);
    }
}
