using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Tests.Checkpoints;

public sealed class CheckpointWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Components_are_loaded_strictly_from_a_shared_file()
    {
        using var file =
            Write("model.diffusion_model.a.weight", "model.diffusion_model.a.bias", "vae.decoder.b.weight", "vae.decoder.b.bias",
                "vae.per_channel_statistics.channel");
        using var transformer = Load(file, "model.diffusion_model.a", CheckpointSection.Transformer);
        using var decoder = Load(file, "vae.decoder.b", CheckpointSection.VideoDecoder);
        Assert.Equal([2L, 1], decoder.forward(TorchSharp.torch.zeros(2, 1)).shape);
    }

    [Fact]
    public void Connector_keys_under_the_transformer_prefix_belong_to_the_connectors()
    {
        const string key = "model.diffusion_model.video_embeddings_connector.learnable_registers";
        Assert.False(CheckpointSection.Transformer.Owns(key));
        Assert.True(CheckpointSection.Connectors.Owns(key));
        Assert.True(CheckpointSection.Transformer.Owns("model.diffusion_model.patchify_proj.weight"));
        Assert.False(CheckpointSection.VideoDecoder.Owns("audio_vae.decoder.conv_in.conv.weight"));
    }

    [Fact]
    public void Missing_surplus_and_misshapen_keys_are_reported_together()
    {
        using var file = Write("vae.decoder.b.weight", "vae.decoder.surplus");
        var weights = new CheckpointWeights(file);
        var scope = new WeightScope(weights, ComputeOptions.CpuFloat32, "vae.decoder");
        scope.Weight("b.bias", 1).Dispose();
        scope.Weight("b.weight", 3, 4).Dispose();
        var ex = Assert.Throws<CheckpointException>(() => weights.RequireAllUsed(CheckpointSection.VideoDecoder));
        Assert.Contains("1 missing: vae.decoder.b.bias", ex.Message);
        Assert.Contains("1 of the wrong shape: vae.decoder.b.weight is [1, 1] instead of [3, 4]", ex.Message);
        Assert.Contains("1 not used by the model: vae.decoder.surplus", ex.Message);
        Assert.Contains(file.Path, ex.Message);
        Assert.DoesNotContain('\n', ex.Message);
    }

    [Fact]
    public void At_most_ten_keys_are_listed()
    {
        using var file = Write(Enumerable.Range(0, 25).Select(index => $"vae.decoder.{index:d2}").ToArray());
        var ex = Assert.Throws<CheckpointException>(() => new CheckpointWeights(file).RequireAllUsed(CheckpointSection.VideoDecoder));
        Assert.Contains("25 not used by the model: vae.decoder.00", ex.Message);
        Assert.Contains("vae.decoder.09, …", ex.Message);
        Assert.DoesNotContain("vae.decoder.10", ex.Message);
    }

    [Fact]
    public void Shards_are_read_as_one_checkpoint()
    {
        Write("a.weight", "a.bias").Dispose();
        File.Move(_folder.File("model.safetensors"), _folder.File("model-1.safetensors"));
        Write("b.weight").Dispose();
        File.Move(_folder.File("model.safetensors"), _folder.File("model-2.safetensors"));
        using var files = WeightFiles.Open(Directory.GetFiles(_folder.Path).Order());
        var weights = new CheckpointWeights(files);
        var scope = new WeightScope(weights, ComputeOptions.CpuFloat32);
        using var a = new Linear(scope.Sub("a"), 1, 1);
        using var b = new Linear(scope.Sub("b"), 1, 1, hasBias: false);
        weights.RequireAllUsed(CheckpointSection.WholeFile);
    }

    [Fact]
    public void Key_in_two_files_is_refused()
    {
        Write("a.weight").Dispose();
        File.Copy(_folder.File("model.safetensors"), _folder.File("model-2.safetensors"));
        Assert.Contains(
            "'a.weight' is in", Assert.Throws<CheckpointException>(() => WeightFiles.Open(Directory.GetFiles(_folder.Path))).Message);
    }

    public void Dispose() => _folder.Dispose();

    private static Linear Load(SafetensorsFile file, string prefix, CheckpointSection section)
    {
        var weights = new CheckpointWeights(file);
        var linear = new Linear(new WeightScope(weights, ComputeOptions.CpuFloat32, prefix), 1, 1);
        weights.RequireAllUsed(section);
        return linear;
    }

    /// <summary>Writes a file with the given keys: weights of shape (1, 1), other tensors of one element.</summary>
    private SafetensorsFile Write(params string[] keys)
    {
        SafetensorsWriter.Write(
            _folder.File("model.safetensors"),
            keys.Select(
                key => TensorToWrite.Of<float>(
                    key, TensorDtype.F32, key.EndsWith("weight", StringComparison.Ordinal) ? [1, 1] : [1], new float[] { 1 })));
        return SafetensorsFile.Open(_folder.File("model.safetensors"));
    }
}
