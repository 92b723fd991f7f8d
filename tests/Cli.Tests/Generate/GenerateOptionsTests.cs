using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Generate.Options;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Tests.Generate;

public sealed class GenerateOptionsTests
{
    [Fact]
    public void Prompt_alone_is_a_valid_request()
    {
        var request = Read("--prompt", "A red fox");
        Assert.Equal("A red fox", request.Settings.Prompt);
        Assert.Equal(Path.GetFullPath("001-a-red-fox.mp4"), request.Output);
    }

    [Fact]
    public void All_errors_are_reported_together()
    {
        var refused = Assert.Throws<UsageException>(() => Read(
            "--prompt", " ", "--width", "65", "--num-frames", "10", "--image", "/nowhere/picture.png", "99", "2",
            "--output", "/tmp/fox.mov", "--threads", "0", "--weight-memory", "0", "--lora", "/nowhere/style.safetensors"));
        var errors = refused.Message.Split('\n');
        Assert.Equal(
            ["--prompt:", "--width:", "--num-frames:", "--image:", "--image", "--image", "--lora:", "--output:", "--threads:",
                "--weight-memory:"],
            errors.Select(error => error.Split(' ')[0]));
        Assert.Contains("use 9 or 17", errors[2]);
        Assert.Contains("/nowhere/picture.png", errors[3]);
    }

    private static GenerateRequest Read(params string[] arguments)
    {
        var options = new GenerateOptions();
        var command = new Command("generate");
        command.AddGroups(options.Groups);
        return options.Read(command.Parse(arguments));
    }
}
