using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Generate.Options;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Tests.Generate;

public sealed class GenerateOptionsTests
{
    [Fact]
    public void Prompt_alone_is_a_valid_request()
    {
        var request = ParsedOptions.Read("--prompt", "A red fox");
        Assert.Equal("A red fox", request.Settings.Prompt);
        Assert.Equal(Path.GetFullPath("a-red-fox.mp4"), request.Output);
        Assert.Empty(request.Notices);
    }

    [Fact]
    public void Automatic_name_avoids_existing_files_in_the_folder_of_the_output()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(folder["a-red-fox.mp4"], Read(folder["clip.mp4"]));
        Assert.Equal(folder["a-red-fox.mp4"], Read(folder[""]));
        File.WriteAllText(folder["a-red-fox.mp4"], "");
        Directory.CreateDirectory(folder["a-red-fox-2.mp4"]);
        Assert.Equal(folder["a-red-fox-3.mp4"], Read(folder["clip.mp4"]));
        Assert.Equal(Path.GetFullPath("a-red-fox.mp4"), ParsedOptions.Read("-p", "A red fox", "--auto-output-name").Output);

        static string Read(string output) => ParsedOptions.Read("-p", "A red fox", "--auto-output-name", "-o", output).Output;
    }

    [Fact]
    public void Clip_is_rendered_in_parts_of_the_given_length()
    {
        var request = ParsedOptions.Read("-p", "fox", "-n", "481", "--part-frames", "121", "--overlap-frames", "17");
        Assert.Equal((481, 121, 17), (request.Settings.NumFrames, request.Settings.PartFrames, request.Settings.OverlapFrames));
        Assert.Empty(request.Notices);
        Assert.Equal(
            ["--overlap-frames has no effect without --part-frames."], ParsedOptions.Read("-p", "fox", "--overlap-frames", "17").Notices);
        var refused = Assert.Throws<UsageException>(
            () => ParsedOptions.Read("-p", "fox", "-n", "481", "--part-frames", "120", "--overlap-frames", "5"));
        Assert.Contains("--part-frames: 120 frames is not 1 + 8k: use 113 or 121.", refused.Message, StringComparison.Ordinal);
        Assert.Contains(
            "--overlap-frames: 5 frames is too few for an overlap: use 9 or more.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_prompt_enhancement_need_it()
    {
        var request = ParsedOptions.Read("-p", "fox", "--max-tokens", "100");
        Assert.Null(request.Settings.Enhancement);
        Assert.Equal(["--max-tokens has no effect without --enhance-prompt."], request.Notices);
        var refused = Assert.Throws<UsageException>(
            () => ParsedOptions.Read("-p", "fox", "--enhance-prompt", "--max-tokens", "0", "--temperature", "3"));
        Assert.Equal(
            "--max-tokens: 0 tokens is outside the range 1 to 1024.\n"
                + "--temperature: A temperature of 3 is outside the range 0 (no randomness) to 2.",
            refused.Message);
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

    [Theory]
    [InlineData("distilled", PipelineKind.Distilled, 1536, 1024)]
    [InlineData("ti2vid-one-stage", PipelineKind.OneStage, 768, 512)]
    public void Preset_selects_a_pipeline_with_its_official_size_and_length(string name, PipelineKind pipeline, int width, int height)
    {
        var preset = Preset.All.Single(preset => preset.Name == name);
        var settings = ParsedOptions.Read(preset, "-p", "fox").Settings;
        Assert.Equal((pipeline, width, height, 121), (settings.Pipeline, settings.Width, settings.Height, settings.NumFrames));
        Assert.Equal(9, ParsedOptions.Read(preset, "-p", "fox", "-n", "9").Settings.NumFrames);
        Assert.Contains("--pipeline", Assert.Throws<UsageException>(
            () => ParsedOptions.Read(preset, "-p", "fox", "--pipeline", "distilled")).Message);
    }

    [Fact]
    public void Each_preset_is_a_subcommand_of_a_pipeline_of_its_own()
    {
        var commands = CommandLine.Create(new Option<bool>("--verbose")).Subcommands.Single(verb => verb.Name == "generate").Subcommands;
        Assert.Equal(Preset.All.Select(preset => preset.Name), commands.Select(command => command.Name));
        Assert.Equal(Preset.All.Count, Preset.All.Select(preset => preset.Pipeline).Distinct().Count());
    }

    [Fact]
    public void Unused_variable_of_mlx_video_is_reported()
    {
        var request = ParsedOptions.Read(
            new Dictionary<string, string> { ["LTX_LOAD_CHUNK"] = "512", ["LTX_DEFAULT_AUDIO"] = "0", ["PATH"] = "/bin" }, "-p", "fox");
        Assert.Equal(["The variable LTX_LOAD_CHUNK of mlx-video has no effect here."], request.Notices);
    }
}
