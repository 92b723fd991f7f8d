using MlxVideo.Engine.Rendering;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Images;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Engine.Tests.Stages;

/// <summary>Files that a local render writes beside the clip, and streaming, which writes the clip while tiles are decoded.</summary>
public sealed class LocalOutputsTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    // Four tiles.
    private static readonly RenderSettings Tiled = new()
    {
        Prompt = "A red fox runs through fresh snow.",
        Width = 64,
        Height = 64,
        NumFrames = 89,
        Seed = 7,
        Tiling = TilingMode.Aggressive,
    };

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Streamed_clip_has_the_same_bytes_and_no_more_than_a_few_tiles_on_the_disk()
    {
        using var runner = new StageRunner(tiny.Model);
        Render(runner, new RenderOutputs(_folder.File("plain.mp4")));
        Render(runner, new RenderOutputs(_folder.File("streamed.mp4")) { Stream = true });
        Assert.Equal(File.ReadAllBytes(_folder.File("plain.mp4")), File.ReadAllBytes(_folder.File("streamed.mp4")));
    }

    /// <summary>Defect of the predecessor: state of a failed streamed decode damaged the next one.</summary>
    [Fact]
    public void Failed_streamed_render_leaves_nothing_behind_and_does_not_affect_the_next()
    {
        using var runner = new StageRunner(tiny.Model);
        Render(runner, new RenderOutputs(_folder.File("good.mp4")) { Stream = true });
        using var cancellationSource = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Render(
            runner,
            new RenderOutputs(_folder.File("bad.mp4")) { Stream = true, Frames = _folder.File("bad_frames") },
            progress =>
            {
                if (progress.Stage.Id == "decode-video-2")
                    cancellationSource.Cancel();
            },
            cancellationSource.Token));
        Assert.Equal([_folder.File("good.mp4")], Directory.GetFileSystemEntries(_folder.Path));
        Render(runner, new RenderOutputs(_folder.File("next.mp4")) { Stream = true });
        Assert.Equal(File.ReadAllBytes(_folder.File("good.mp4")), File.ReadAllBytes(_folder.File("next.mp4")));
    }

    [Fact]
    public void Failed_encoder_ends_a_streamed_render_with_its_reason()
    {
        using var runner = new StageRunner(tiny.Model);
        Directory.CreateDirectory(_folder.File("taken.mp4", "x"));
        Assert.ThrowsAny<IOException>(() => Render(runner, new RenderOutputs(_folder.File("taken.mp4")) { Stream = true }));
        var refused = Tiled with { Output = new OutputSettings { AudioFilter = "highpass=f=loud" } };
        var ex = Assert.ThrowsAny<MediaException>(
            () => Render(runner, new RenderOutputs(_folder.File("clip.mp4")) { Stream = true }, settings: refused));
        Assert.Contains("highpass=f=loud", ex.Message);
        Assert.False(File.Exists(_folder.File("clip.mp4")));
    }

    [Fact]
    public void Frames_audio_and_preview_are_written_beside_the_clip()
    {
        using var runner = new StageRunner(tiny.Model);
        var lossless = Tiled with { NumFrames = 9, Output = new OutputSettings { Encoder = VideoEncoderKind.Ffv1 } };
        var outputs = new RenderOutputs(_folder.File("clip.mkv"))
        {
            Frames = _folder.File("clip_frames"),
            Audio = _folder.File("clip.wav"),
            Preview = new PreviewSettings(_folder.File("preview.jpg"), Every: 4, MaxSide: 32),
        };
        Render(runner, outputs, settings: lossless);
        Assert.Equal(
            Enumerable.Range(0, 9).Select(index => $"frame_{index:D4}.png"),
            Directory.GetFiles(outputs.Frames).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        var tools = FfmpegTools.Find();
        var first = ImageFile.ReadRgb(tools, Path.Combine(outputs.Frames, "frame_0000.png"));
        Assert.Equal((64, 64), (first.Width, first.Height));
        var preview = ImageFile.ReadRgb(tools, outputs.Preview.Path);
        Assert.Equal((32, 32), (preview.Width, preview.Height));
        // 9 frames at 24 frames per second and 24 kHz, 16-bit stereo.
        Assert.Equal(44 + (9_000 * 2 * 2), new FileInfo(outputs.Audio).Length);
        Assert.Equal(4, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    /// <summary>Defect of the predecessor: it tried to decode everything at once and reacted to a failure of the allocator.</summary>
    [Fact]
    public void Automatic_tiles_are_chosen_from_the_memory_plan_before_anything_is_loaded()
    {
        var large = new RenderSettings { Prompt = "x", Width = 1024, Height = 1024, NumFrames = 121, Audio = false };
        Assert.Equal(TilingMode.Official, Chosen(NeededFor(TilingMode.Official)));
        Assert.Equal(TilingMode.Default, Chosen(NeededFor(TilingMode.Official) - 1));
        Assert.Equal(TilingMode.Aggressive, Chosen(NeededFor(TilingMode.Default) - 1));
        // Nothing fits: the refusal names the need of the usual tiles.
        Assert.Equal(TilingMode.Official, Chosen(NeededFor(TilingMode.Aggressive) - 1));
        using var runner = new StageRunner(tiny.Model, memoryLimit: 1);
        Assert.Equal(TilingMode.Spatial, runner.WithFittingTiles(large with { Tiling = TilingMode.Spatial }).Tiling);

        TilingMode Chosen(long memory)
        {
            using var limited = new StageRunner(tiny.Model, memoryLimit: memory);
            limited.ComponentsChanged += _ => Assert.Fail("A component was loaded.");
            return limited.WithFittingTiles(large).Tiling;
        }

        long NeededFor(TilingMode mode)
        {
            using var unlimited = new StageRunner(tiny.Model);
            var weights = unlimited.Sizes().Single(size => size.Component == ModelComponent.VideoDecoder).MinBytes;
            var settings = large with { Tiling = mode };
            return weights + (long)Math.Ceiling(4 * StagePlanner.Plan(settings).Stages.OfType<DecodeVideoStage>()
                .Max(stage => StageKinds.Of(stage).ActivationElements(stage, settings)));
        }
    }

    public void Dispose() => _folder.Dispose();

    private static void Render(
        StageRunner runner, RenderOutputs outputs, Action<RenderProgress>? progress = null, CancellationToken cancellationToken = default,
        RenderSettings? settings = null) =>
        new LocalRenderer(runner).Render(StagePlanner.Plan(settings ?? Tiled), NoGivenFile, outputs, progress, cancellationToken);

    private static string NoGivenFile(BlobRef blob) =>
        throw new InvalidOperationException($"The plan has no input files, but {blob} was requested.");
}
