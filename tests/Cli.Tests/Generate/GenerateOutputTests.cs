using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Tests.Generate;

/// <summary>Files that <c>generate</c> writes, refuses to replace, and does not leave behind.</summary>
public sealed class GenerateOutputTests : IDisposable
{
    private static readonly FfmpegTools Tools = FfmpegTools.Find();

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Encoding_options_reach_the_clip()
    {
        (await GenerateAsync("clip.mkv", "--video-encoder", "ffv1", "--audio-filter", "volume=0.5", "--tiling", "temporal",
            "--output-audio", _folder["sound.wav"], "--save-frames", "--stream")).AssertDone();
        var info = await VideoProbe.ReadAsync(Tools, _folder["clip.mkv"], CancellationToken.None);
        Assert.Equal(("ffv1", 9), (info.Codec, info.Frames));
        Assert.Equal(
            ["clip.mkv", "clip.mkv.json", "clip_frames", "sound.wav"], Entries());
        Assert.Equal(9, Directory.GetFiles(_folder["clip_frames"]).Length);
        var manifest = await ManifestFile.ReadAsync(Tools, _folder["clip.mkv"], CancellationToken.None);
        Assert.Equal(
            (VideoEncoderKind.Ffv1, "volume=0.5", TilingMode.Temporal),
            (manifest.Settings.Output.Encoder, manifest.Settings.Output.AudioFilter, manifest.Settings.Tiling));
    }

    [Fact]
    public async Task Existing_files_are_replaced_only_with_overwrite()
    {
        (await GenerateAsync("clip.mp4")).AssertDone();
        var before = await File.ReadAllBytesAsync(_folder["clip.mp4"]);
        (await GenerateAsync("clip.mp4", "--seed", "2"))
            .AssertFailed(ExitCodes.BadInput, $"--output: {_folder["clip.mp4"]} exists: choose another name, or add --overwrite");
        Assert.Equal(before, await File.ReadAllBytesAsync(_folder["clip.mp4"]));
        (await GenerateAsync("clip.mp4", "--seed", "2", "--overwrite")).AssertDone();
        Assert.NotEqual(before, await File.ReadAllBytesAsync(_folder["clip.mp4"]));
    }

    [Fact]
    public async Task Unusable_encodings_are_refused_before_rendering()
    {
        var refused = await GenerateAsync(
            "clip.mov", "--video-encoder", "av1", "--crf", "60", "--encoder-preset", "quick", "--audio-bitrate", "9", "--tiling", "huge",
            "--audio-filter", "amovie=x");
        refused.AssertFailed(
            ExitCodes.BadInput, "--video-encoder: Unknown", "--crf: 60", "--encoder-preset: Unknown", "--audio-bitrate: 9",
            "--tiling: Unknown", "--audio-filter: The filter 'amovie'");
        (await GenerateAsync("clip.mp4", "--video-encoder", "ffv1")).AssertFailed(ExitCodes.BadInput, "does not end in .mkv");
        (await GenerateAsync("clip.mp4", new Dictionary<string, string?> { ["LTX_AUDIO_BITRATE"] = "loud" }))
            .AssertFailed(ExitCodes.BadInput, "LTX_AUDIO_BITRATE: ");
        (await GenerateAsync("clip.mp4", "--audio-filter", "highpass=f=loud"))
            .AssertFailed(ExitCodes.BadInput, "ffmpeg refuses the audio filter 'highpass=f=loud'");
        Assert.Empty(Entries());
    }

    [Fact]
    public async Task Encoders_of_macos_are_refused_elsewhere()
    {
        if (OperatingSystem.IsMacOS())
            return;
        (await GenerateAsync("clip.mp4", "--video-encoder", "h264_videotoolbox"))
            .AssertFailed(ExitCodes.BadInput, "--video-encoder: The encoder h264-videotoolbox is part of macOS");
    }

    /// <summary>Defect of the predecessor: it printed that the video could not be written, and ended with exit code 0.</summary>
    [Fact]
    public async Task Killed_ffmpeg_fails_the_run_and_leaves_nothing()
    {
        _folder.WriteScript("bin/ffmpeg", "[ \"$1\" = -version ] && exit 0\nkill -9 $$\n");
        _folder.WriteScript("bin/ffprobe", "exit 1\n");
        var path = $"{_folder["bin"]}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        Directory.CreateDirectory(_folder["out"]);
        foreach (var more in new string[][] { [], ["--stream", "--save-frames"] })
        {
            var run = await GenerateAsync("out/clip.mp4", new Dictionary<string, string?> { ["PATH"] = path }, more);
            run.AssertFailed(ExitCodes.Failed, "ffmpeg failed to encode ");
            Assert.Empty(Directory.GetFileSystemEntries(_folder["out"]));
        }
    }

    [SmallDiskFact]
    public async Task Full_disk_fails_the_run_and_leaves_nothing()
    {
        using var disk = SmallDisk.TryMount(_folder["disk"], megabytes: 1);
        disk!.Fill(leave: 1 << 13);
        (await GenerateAsync("disk/clip.mp4")).AssertFailed(ExitCodes.Failed, $"The disk that holds {_folder["disk"]} is full");
        Assert.Equal(["ballast"], Directory.GetFileSystemEntries(_folder["disk"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Preview_is_written_where_the_variables_say()
    {
        (await GenerateAsync("clip.mp4", new Dictionary<string, string?>
        {
            ["MLX_VIDEO_PREVIEW_PATH"] = _folder["preview.jpg"],
            ["MLX_VIDEO_PREVIEW_EVERY"] = "4",
            ["MLX_VIDEO_PREVIEW_MAX_DIM"] = "48",
        })).AssertDone();
        var info = await VideoProbe.ReadAsync(Tools, _folder["preview.jpg"], CancellationToken.None);
        Assert.Equal((48, 32), (info.Width, info.Height));
        (await GenerateAsync("other.mp4", new Dictionary<string, string?>
        {
            ["MLX_VIDEO_PREVIEW_PATH"] = "/nowhere/preview.jpg",
            ["MLX_VIDEO_PREVIEW_QUALITY"] = "best",
        })).AssertFailed(ExitCodes.BadInput, "MLX_VIDEO_PREVIEW_PATH: the folder of ", "MLX_VIDEO_PREVIEW_QUALITY: ");
    }

    public void Dispose() => _folder.Dispose();

    private IEnumerable<string?> Entries() => Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order();

    private Task<CliResult> GenerateAsync(string output, params string[] more) =>
        GenerateAsync(output, new Dictionary<string, string?>(), more);

    private Task<CliResult> GenerateAsync(string output, IReadOnlyDictionary<string, string?> environment, params string[] more) =>
        CliProcess.RunAsync(
            environment,
            ["generate", "--prompt", "A red fox", "--width", "96", "--height", "64", "--num-frames", "9", "--output", _folder[output],
                .. more]);
}
