using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Engine.Tensors;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Manifests;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Engine.Tests.Stages;

public sealed class LocalRendererTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    // An unaligned size: the frames are cropped.
    private static readonly RenderSettings Small =
        new() { Prompt = "A red fox runs through fresh snow.", Width = 100, Height = 70, NumFrames = 9, Fps = 25, Seed = 7 };

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Clip_has_the_requested_size_length_and_rate_and_the_frames_of_its_stages()
    {
        var tools = FfmpegTools.Find();
        using var runner = new StageRunner(tiny.Model);
        var output = _folder.File("clips", "fox.mp4");
        new LocalRenderer(runner).Render(StagePlanner.Plan(Small), NoGivenFile, output, null, CancellationToken.None);
        var info = await VideoProbe.ReadAsync(tools, output, CancellationToken.None);
        Assert.Equal((100, 70, 9, 25.0), (info.Width, info.Height, info.Frames, info.Rate.Fps));
        Assert.Equal([output], Directory.GetFiles(_folder.File("clips")));

        var stages = ClipStages.Run(runner, Small, _folder.File("stages"));
        var mux = (MuxStage)StagePlanner.Plan(Small).Stages[^1];
        await new ClipMuxer(tools).MuxAsync(
            mux, new ClipOrigin("m", null, "a"), name => stages[name], _folder.File("apart.mp4"), CancellationToken.None);
        Assert.Equal(
            await FrameHash.Md5Async(tools, output, CancellationToken.None),
            await FrameHash.Md5Async(tools, _folder.File("apart.mp4"), CancellationToken.None));
    }

    [Fact]
    public void Progress_covers_all_stages_in_order()
    {
        using var runner = new StageRunner(tiny.Model);
        var seen = new List<RenderProgress>();
        var plan = StagePlanner.Plan(Small);
        new LocalRenderer(runner).Render(plan, NoGivenFile, _folder.File("clip.mp4"), seen.Add, CancellationToken.None);
        Assert.Equal(plan.Stages.Select(stage => stage.Id), seen.Select(progress => progress.Stage.Id).Distinct());
        Assert.All(seen, progress => Assert.Equal(plan.Stages.Count, progress.Count));
        Assert.Equal(
            Enumerable.Range(0, 9), seen.Where(progress => progress.Stage.Id == "denoise-1").Select(progress => progress.Progress.Done));
    }

    [Fact]
    public void Image_sets_the_first_frame_and_an_unreadable_image_is_an_input_failure()
    {
        using var runner = new StageRunner(tiny.Model);
        var picture = _folder.File("picture.bmp");
        File.WriteAllBytes(picture, Bitmap(8));
        var broken = _folder.File("broken.png");
        File.WriteAllText(broken, "not a picture");

        var with =
            ClipStages.Run(runner, WithImage(picture), _folder.File("with"), new Dictionary<string, string> { ["image.0"] = picture });
        using var conditioning = SafetensorsFile.Open(with["pass1.conditioning"]);
        using var latent = SafetensorsFile.Open(with["pass1.latent"]);
        using var given = conditioning.ReadTensor("latent.0");
        using var first = latent.ReadTensor("video").narrow(2, 0, 1).contiguous();
        Assert.Equal(given.data<float>().ToArray(), first.data<float>().ToArray());

        var ex = Assert.Throws<StageException>(() => new LocalRenderer(runner).Render(
            StagePlanner.Plan(WithImage(broken)), _ => broken, _folder.File("clip.mp4"), null, CancellationToken.None));
        Assert.Equal(FailureKind.Input, ex.Kind);
        Assert.Contains(broken, ex.Message);
        Assert.False(File.Exists(_folder.File("clip.mp4")));

        static RenderSettings WithImage(string path) => Small with { Images = [new ImageConditioning(BlobRef.OfFile(path))] };
    }

    [Fact]
    public void Cancelled_render_leaves_no_files()
    {
        using var runner = new StageRunner(tiny.Model);
        using var cancellationSource = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => new LocalRenderer(runner).Render(
            StagePlanner.Plan(Small),
            NoGivenFile,
            _folder.File("clip.mp4"),
            progress =>
            {
                if (progress.Stage is MuxStage)
                    cancellationSource.Cancel();
            },
            cancellationSource.Token));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Unwritable_output_is_refused_before_any_stage_runs()
    {
        using var runner = new StageRunner(tiny.Model);
        File.WriteAllText(_folder.File("file"), "");
        var stages = 0;
        var ex = Assert.Throws<IOException>(() => new LocalRenderer(runner).Render(
            StagePlanner.Plan(Small), NoGivenFile, _folder.File("file", "clip.mp4"), _ => stages++, CancellationToken.None));
        Assert.Contains($"Cannot write to {_folder.File("file")}", ex.Message);
        Assert.Equal(0, stages);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Returns a square BMP file of 24-bit pixels. Rows are not padded, which is valid for a side of 8.</summary>
    private static byte[] Bitmap(int side)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        var pixels = Enumerable.Range(0, side * side * 3).Select(value => (byte)value).ToArray();
        writer.Write("BM"u8);
        foreach (var value in new[] { 54 + pixels.Length, 0, 54, 40, side, side, 1 | (24 << 16), 0, pixels.Length, 0, 0, 0, 0 })
            writer.Write(value);
        writer.Write(pixels);
        return stream.ToArray();
    }

    private static string NoGivenFile(BlobRef blob) =>
        throw new InvalidOperationException($"The plan has no input files, but {blob} was requested.");
}
