using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Engine.Tests.Stages;

/// <summary>Upscaling with an upsampler for 1.5 times the size beside the usual one.</summary>
public sealed class UpscalingTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private const string SmallUpsampler = """
        {"in_channels":8,"mid_channels":32,"num_blocks_per_stage":1,"spatial_upsample":true,"spatial_scale":1.5,"rational_resampler":true}
        """;

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(120, 96)]
    [InlineData(160, 128)]
    public async Task Clip_is_enlarged_by_the_upsampler_for_its_size(int width, int height)
    {
        using var runner = new StageRunner(WithSmallUpsampler());
        var clip = Upscale(runner, width, height);
        var info = await VideoProbe.ReadAsync(FfmpegTools.Find(), clip, CancellationToken.None);
        Assert.Equal((width, height, 9), (info.Width, info.Height, info.Frames));
    }

    [Fact]
    public void Model_without_the_upsampler_is_refused_before_the_clip_is_written()
    {
        using var runner = new StageRunner(tiny.Model);
        var ex = Assert.Throws<StageException>(() => Upscale(runner, 120, 96));
        Assert.Contains("no spatial upsampler for 1.5 times the size", ex.Message);
        Assert.False(File.Exists(_folder.File("large.mp4")));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Renders a clip of 80 x 64 pixels, upscales it, and returns the larger clip.</summary>
    private string Upscale(StageRunner runner, int width, int height)
    {
        var (source, clip) = (_folder.File("small.mp4"), _folder.File("large.mp4"));
        var small = new RenderSettings { Prompt = "A red fox.", Width = 80, Height = 64, NumFrames = 9, Audio = false };
        var renderer = new LocalRenderer(runner);
        renderer.Render(StagePlanner.Plan(small), _ => "", source, null, CancellationToken.None);
        var large = small with
        {
            Pipeline = PipelineKind.Upscale,
            Source = new VideoFile(BlobRef.OfFile(source), 80, 64, 9, small.Fps, HasAudio: false),
            Width = width,
            Height = height,
        };
        Assert.Empty(RenderSettingsRules.Check(large));
        renderer.Render(StagePlanner.Plan(large), _ => source, clip, null, CancellationToken.None);
        return clip;
    }

    private ModelFolder WithSmallUpsampler()
    {
        Directory.CreateDirectory(_folder.File("model"));
        foreach (var file in Directory.EnumerateFiles(tiny.Model.Path))
            File.CreateSymbolicLink(_folder.File("model", Path.GetFileName(file)), file);
        Directory.CreateSymbolicLink(_folder.File("model", "gemma"), tiny.Model.GemmaFolder);
        var weights = new RandomWeights(1, new WeightDistribution([]));
        ModelConfigs.BuildUpsampler(
            new WeightScope(weights, ComputeOptions.CpuFloat32), ConfigSection.Parse("upsampler", SmallUpsampler)).Dispose();
        SafetensorsWriter.Write(
            _folder.File("model", "upscaler-x1.5.safetensors"), weights.ToWrite(),
            new Dictionary<string, string> { [ModelFolder.ConfigKey] = SmallUpsampler });
        return ModelFolder.Open(_folder.File("model"));
    }
}
