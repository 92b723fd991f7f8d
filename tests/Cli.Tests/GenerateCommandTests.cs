using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Cli.Tests;

/// <summary>The verbs as users type them, in this process.</summary>
public sealed class GenerateCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlx-video-").FullName;

    [Fact]
    public async Task The_tiny_model_renders_a_clip_and_the_same_one_again()
    {
        var model = Path.Combine(_folder, "model");
        Assert.Equal(0, await CommandLine.Run(["model", "tiny", "--output", model, "--seed", "3"]));
        Assert.Equal(0, await Generate(model, "a.mp4"));
        Assert.Equal(0, await Generate(model, "b.mp4"));
        var tools = FfmpegTools.Find();
        var info = await VideoProbe.Read(tools, Path.Combine(_folder, "a.mp4"), CancellationToken.None);
        Assert.Equal((96, 64, 9), (info.Width, info.Height, info.Frames));
        Assert.Equal(await Frames("a.mp4"), await Frames("b.mp4"));

        Task<string> Frames(string name) => FrameHash.Md5(tools, Path.Combine(_folder, name), CancellationToken.None);
    }

    [Fact]
    public async Task Arguments_that_cannot_be_used_are_exit_code_2_and_write_nothing()
    {
        Assert.Equal(2, await Generate(_folder, "clip.mp4", "--num-frames", "10"));
        Assert.Equal(2, await Generate(_folder, "clip.mp4", "--image", "12", "a.png"));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_missing_model_and_a_folder_in_use_are_exit_code_1()
    {
        Assert.Equal(1, await Generate(Path.Combine(_folder, "nowhere"), "clip.mp4"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "precious"), "");
        Assert.Equal(1, await CommandLine.Run(["model", "tiny", "--output", _folder]));
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<int> Generate(string model, string output, params string[] more) => CommandLine.Run(
        ["generate", "--prompt", "A red fox", "--width", "96", "--height", "64", "--num-frames", "9", "--model", model, "--output", Path.Combine(_folder, output), .. more]);
}
