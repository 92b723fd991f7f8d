using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Tests.Stages;
using MlxVideo.Engine.Text;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Text;

public sealed class PromptEncoderTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly IDisposable _noGradients = no_grad();

    public void Dispose()
    {
        _noGradients.Dispose();
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Video_only_model_has_only_a_video_context()
    {
        TinyModel.Write(_folder.File("silent"), sound: false);
        using var encoder = Load(ModelFolder.Open(_folder.File("silent")));
        var contexts = encoder.Encode("a red fox");
        Assert.Equal([1L, 1024, 32], contexts.Video.shape);
        Assert.Null(contexts.Audio);
    }

    [Fact]
    public void Audio_video_model_has_a_context_per_stream()
    {
        using var encoder = Load(tiny.Model);
        var contexts = encoder.Encode("a red fox");
        Assert.Equal([1L, 1024, 32], contexts.Video.shape);
        Assert.Equal([1L, 1024, 32], contexts.Audio!.shape);
    }

    [Fact]
    public void Different_prompts_give_different_contexts_but_surrounding_whitespace_is_ignored()
    {
        using var encoder = Load(tiny.Model);
        var fox = encoder.Encode("a red fox").Video;
        Assert.True(fox.equal(encoder.Encode("  a red fox\n").Video).all().item<bool>());
        Assert.False(fox.allclose(encoder.Encode("a blue fox").Video, atol: 1e-3));
    }

    [Fact]
    public void Progress_is_reported_for_every_hidden_state()
    {
        using var encoder = Load(tiny.Model);
        var steps = new List<int>();
        encoder.Encode("a red fox", steps.Add);
        Assert.Equal(Enumerable.Range(0, encoder.Steps), steps);
    }

    [Fact]
    public void Cancelled_encoding_stops_between_layers()
    {
        using var encoder = Load(tiny.Model);
        using var cancellationSource = new CancellationTokenSource();
        var steps = new List<int>();
        Assert.Throws<OperationCanceledException>(() => encoder.Encode(
            "a red fox",
            step =>
            {
                steps.Add(step);
                if (step == 2)
                    cancellationSource.Cancel();
            },
            cancellationSource.Token));
        Assert.Equal([0, 1, 2], steps);
    }

    [Fact]
    public void Encoding_leaks_no_tensors()
    {
        using var encoder = Load(tiny.Model);
        encoder.Encode("warm-up").Dispose();
        var before = LiveTensors;
        encoder.Encode("a red fox").Dispose();
        Assert.Equal(before, LiveTensors);
    }

    [Fact]
    public void Shorter_connector_prefix_of_video_only_checkpoints_is_accepted()
    {
        using (var file = SafetensorsFile.Open(tiny.Model.CheckpointFile))
        {
            var tensors = file.Header.Tensors.Keys
                .Select(key =>
                    SafetensorsTensors.ToWrite(key.Replace("video_embeddings_connector", "embeddings_connector"), file.ReadTensor(key)));
            SafetensorsWriter.Write(_folder.File("model.safetensors"), tensors.ToList(), file.Header.Metadata);
        }

        File.Copy(tiny.Model.UpsamplerFiles[0], _folder.File("upsampler.safetensors"));
        Directory.CreateSymbolicLink(_folder.File("gemma"), tiny.Model.GemmaFolder);
        using var encoder = Load(tiny.Model);
        using var renamed = Load(ModelFolder.Open(_folder.Path));
        Assert.True(encoder.Encode("a red fox").Video.equal(renamed.Encode("a red fox").Video).all().item<bool>());
    }

    // Measured: 0.023. Hidden states go through seven layers, each rounding to 8 bits.
    [Fact]
    public void Bfloat16_context_is_close_to_float32()
    {
        using var encoder = Load(tiny.Model);
        using var half = Load(tiny.Model, ComputeOptions.CpuFloat32 with { Dtype = ScalarType.BFloat16 });
        var (exact, rounded) = (encoder.Encode("a red fox").Video, half.Encode("a red fox").Video);
        Assert.Equal(ScalarType.BFloat16, rounded.dtype);
        var error = ((rounded.to(ScalarType.Float32) - exact).square().mean() / exact.square().mean()).sqrt().item<float>();
        Assert.InRange(error, 1e-4, 0.05);
    }

    /// <summary>Number of live tensors created by this thread.</summary>
    private static long LiveTensors => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    private static PromptEncoder Load(ModelFolder model, ComputeOptions? compute = null) =>
        new ModelLoader(model, compute ?? ComputeOptions.CpuFloat32).LoadPromptEncoder();
}
