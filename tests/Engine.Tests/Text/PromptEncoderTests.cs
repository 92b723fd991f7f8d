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
    public void A_model_without_audio_has_a_video_context_alone()
    {
        TinyModel.Write(_folder.File("silent"), sound: false);
        using var encoder = Load(ModelFolder.Open(_folder.File("silent")));
        var contexts = encoder.Encode("a red fox");
        Assert.Equal([1L, 1024, 32], contexts.Video.shape);
        Assert.Null(contexts.Audio);
    }

    [Fact]
    public void A_model_with_audio_has_a_context_for_each_stream()
    {
        using var encoder = Load(tiny.Model);
        var contexts = encoder.Encode("a red fox");
        Assert.Equal([1L, 1024, 32], contexts.Video.shape);
        Assert.Equal([1L, 1024, 32], contexts.Audio!.shape);
    }

    [Fact]
    public void Prompts_that_differ_have_contexts_that_differ_and_surrounding_space_does_not_count()
    {
        using var encoder = Load(tiny.Model);
        var fox = encoder.Encode("a red fox").Video;
        Assert.True(fox.equal(encoder.Encode("  a red fox\n").Video).all().item<bool>());
        Assert.False(fox.allclose(encoder.Encode("a blue fox").Video, atol: 1e-3));
    }

    [Fact]
    public void Every_hidden_state_is_a_step()
    {
        using var encoder = Load(tiny.Model);
        var steps = new List<int>();
        encoder.Encode("a red fox", steps.Add);
        Assert.Equal(Enumerable.Range(0, encoder.Steps), steps);
    }

    [Fact]
    public void Encoding_stops_between_layers_when_it_is_cancelled()
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
    public void Encoding_leaves_nothing_behind_in_memory()
    {
        using var encoder = Load(tiny.Model);
        encoder.Encode("warm-up").Dispose();
        var before = LiveTensors;
        encoder.Encode("a red fox").Dispose();
        Assert.Equal(before, LiveTensors);
    }

    [Fact]
    public void The_connector_of_official_checkpoints_without_audio_has_a_shorter_name()
    {
        using (var file = SafetensorsFile.Open(tiny.Model.CheckpointFile))
        {
            var tensors = file.Header.Tensors.Keys
                .Select(key =>
                    SafetensorsTensors.ToWrite(key.Replace("video_embeddings_connector", "embeddings_connector"), file.ReadTensor(key)));
            SafetensorsWriter.Write(_folder.File("model.safetensors"), tensors.ToList(), file.Header.Metadata);
        }

        File.Copy(tiny.Model.UpsamplerFile, _folder.File("upsampler.safetensors"));
        Directory.CreateSymbolicLink(_folder.File("gemma"), tiny.Model.GemmaFolder);
        using var encoder = Load(tiny.Model);
        using var renamed = Load(ModelFolder.Open(_folder.Path));
        Assert.True(encoder.Encode("a red fox").Video.equal(renamed.Encode("a red fox").Video).all().item<bool>());
    }

    // Measured: 0.023. Hidden states pass seven layers, each rounding to 8 bits.
    [Fact]
    public void Bfloat16_stays_close()
    {
        using var encoder = Load(tiny.Model);
        using var half = Load(tiny.Model, ComputeOptions.CpuFloat32 with { Dtype = ScalarType.BFloat16 });
        var (exact, rounded) = (encoder.Encode("a red fox").Video, half.Encode("a red fox").Video);
        Assert.Equal(ScalarType.BFloat16, rounded.dtype);
        var error = ((rounded.to(ScalarType.Float32) - exact).square().mean() / exact.square().mean()).sqrt().item<float>();
        Assert.InRange(error, 1e-4, 0.05);
    }

    /// <summary>Tensors that this thread made and that are still alive.</summary>
    private static long LiveTensors => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    private static PromptEncoder Load(ModelFolder model, ComputeOptions? compute = null) =>
        new ModelLoader(model, compute ?? ComputeOptions.CpuFloat32).LoadPromptEncoder();
}
