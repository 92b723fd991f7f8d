using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Tests.Golden;
using MlxVideo.Engine.Text.Gemma;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Text;

/// <summary>Loads the same weights under every naming scheme and from shards.</summary>
public sealed class GemmaFilesTests : IDisposable
{
    private static readonly GemmaConfig Config = GemmaConfig.Parse(
        ConfigSection.Parse("config.json", File.ReadAllText(GoldenRoot.Path("gemma3", "text", "config.json"))));

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("language_model.model", "vision_tower.vision_model.x")]
    [InlineData("model.language_model", "model.multi_modal_projector.x")]
    [InlineData("model", "vision_model.x")]
    public void Every_naming_scheme_is_accepted(string prefix, string vision)
    {
        var tensors = Renamed(prefix).Append(("ignored", vision, ones(2))).ToList();
        Write("model.safetensors", tensors);
        AssertReads("model.safetensors");
    }

    [Fact]
    public void Shards_are_read_as_one_checkpoint()
    {
        var tensors = Renamed(GemmaKeys.ReleasedPrefix);
        Write("model-00001-of-00002.safetensors", tensors.Take(20));
        Write("model-00002-of-00002.safetensors", tensors.Skip(20));
        AssertReads("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
    }

    [Fact]
    public void Keys_of_a_missing_shard_are_reported_as_missing()
    {
        var tensors = Renamed(GemmaKeys.ReleasedPrefix);
        Write("model-00001-of-00002.safetensors", tensors.Take(20));
        var ex = Assert.Throws<CheckpointException>(() => Load("model-00001-of-00002.safetensors"));
        Assert.Contains($"{tensors.Count - 20} missing", ex.Message);
    }

    [Fact]
    public void Surplus_key_is_refused()
    {
        Write("model.safetensors",
            Renamed(GemmaKeys.ReleasedPrefix).Append(("", "language_model.model.layers.7.mlp.up_proj.weight", ones(2))));
        Assert.Contains("layers.7.mlp", Assert.Throws<CheckpointException>(() => Load("model.safetensors")).Message);
    }

    private static List<(string From, string To, Tensor Value)> Renamed(string prefix)
    {
        using var file = SafetensorsFile.Open(GoldenRoot.Path("gemma3", "text", "weights.safetensors"));
        return file.Header.Tensors.Keys.Order(StringComparer.Ordinal)
            .Select(key => (key, key.Replace(GemmaKeys.ReleasedPrefix, prefix), file.ReadTensor(key)))
            .ToList();
    }

    private void Write(string name, IEnumerable<(string From, string To, Tensor Value)> tensors) =>
        SafetensorsWriter.Write(_folder.File(name), tensors.Select(tensor => SafetensorsTensors.ToWrite(tensor.To, tensor.Value)));

    private GemmaModel Load(params string[] names)
    {
        using var files = WeightFiles.Open(names.Select(name => _folder.File(name)));
        var weights = new CheckpointWeights(files);
        var root = new WeightScope(weights, ComputeOptions.CpuFloat32);
        var gemma = new GemmaModel(root.Sub(GemmaKeys.PrefixIn(root)), Config);
        weights.RequireAllUsed(CheckpointSection.Gemma);
        return gemma;
    }

    private void AssertReads(params string[] names)
    {
        using var inputs = SafetensorsFile.Open(GoldenRoot.Path("gemma3", "text", "inputs.safetensors"));
        using var expected = SafetensorsFile.Open(GoldenRoot.Path("gemma3", "text", "expected.safetensors"));
        using var gemma = Load(names);
        using var session = new GemmaSession(gemma);
        using var noGradients = no_grad();
        var logits = session.Read(inputs.ReadTensor("input_ids"), inputs.ReadTensor("attention_mask"));
        Assert.True(logits.allclose(expected.ReadTensor("logits").select(1, -1), atol: 1e-4));
    }
}
