using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Tiny;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Models;

public sealed class TinyModelTests : IDisposable
{
    private const long LargestBytes = 8_000_000;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Same_seed_produces_the_same_bytes()
    {
        TinyModel.Write(_folder.File("a"), seed: 5);
        TinyModel.Write(_folder.File("b"), seed: 5);
        TinyModel.Write(_folder.File("c"), seed: 6);
        Assert.Equal(Fingerprint("a"), Fingerprint("b"));
        Assert.NotEqual(Fingerprint("a"), Fingerprint("c"));
        Assert.InRange(Directory.GetFiles(_folder.File("a"), "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length), 1,
            LargestBytes);
    }

    /// <summary>If this test fails, the tiny model has changed: increment TinyModel.Revision and update the fingerprint.</summary>
    [Fact]
    public void Fingerprint_matches_the_current_revision()
    {
        TinyModel.Write(_folder.File("model"));
        Assert.Equal("d44a80fc0958", Fingerprint("model")[..12]);
    }

    [Fact]
    public void Every_component_loads_strictly()
    {
        TinyModel.Write(_folder.File("model"));
        var model = ModelFolder.Open(_folder.File("model"));
        Assert.True(model.Configs.HasAudio);
        using var cache = new ModelCache(model, ComputeOptions.CpuFloat32, new ResidencyPolicy(0));
        Assert.NotNull(cache.PromptEncoder);
        Assert.NotNull(cache.TransformerWith([]));
        Assert.NotNull(cache.VideoEncoder);
        Assert.Equal(2, cache.Upsampler(2).Factor);
        Assert.NotNull(cache.Statistics);
        Assert.NotNull(cache.AudioDecoder);
        Assert.NotNull(cache.Vocoder);
        Assert.Same(cache.VideoDecoder, cache.VideoDecoder);
    }

    [Fact]
    public void Decoded_frames_cover_the_value_range()
    {
        TinyModel.Write(_folder.File("model"));
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var model = ModelFolder.Open(_folder.File("model"));
        using var decoder = new ModelLoader(model, ComputeOptions.CpuFloat32).LoadVideoDecoder();
        var frames = decoder.forward(randn([1, 8, 2, 4, 4], generator: new Generator(1)));
        Assert.InRange(frames.std().item<float>(), 0.25, 0.6);
        Assert.InRange((frames.abs() > 1).to(ScalarType.Float32).mean().item<float>(), 0, 0.1);
    }

    [Fact]
    public void Non_empty_folder_is_refused_and_left_unchanged()
    {
        File.WriteAllText(_folder.File("precious"), "");
        Assert.Contains("is not empty", Assert.Throws<IOException>(() => TinyModel.Write(_folder.Path)).Message);
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();

    private string Fingerprint(string name) =>
        ModelFingerprint.Of(ModelFolder.Open(_folder.File(name)), new ContentHashCache(_folder.File("hashes")));
}
