using System.Text.Json.Nodes;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Tests.Stages;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Text;

/// <summary>A text encoder as stored in MLX repositories: packed projections and embedding, with the format in its configuration.</summary>
public sealed class PackedGemmaTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Packed_weights_give_the_same_context_as_their_expanded_values()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var format = new AffineFormat(6, 32);
        var expected =
            Encode(Write("dense", format, matrix =>
                [SafetensorsTensors.ToWrite($"{matrix.Module}.weight", matrix.Weight.Expand())], stated: null));
        var packed = Write("packed", format, matrix => matrix.Weight.ToWrite(matrix.Module), stated: format);
        Assert.True(expected.equal(Encode(packed)).all().item<bool>());
        ModelLoader.Check(packed);
    }

    [Fact]
    public void Configuration_that_states_another_format_is_refused()
    {
        using var scope = NewDisposeScope();
        var model =
            Write("packed", new AffineFormat(4, 32), matrix => matrix.Weight.ToWrite(matrix.Module), stated: new AffineFormat(8, 32));
        Assert.Contains(
            "packed in 4 bits in groups of 32, but the configuration says 8 bits",
            Assert.Throws<CheckpointException>(() => ModelLoader.Check(model)).Message);
    }

    public void Dispose() => _folder.Dispose();

    private static Tensor Encode(ModelFolder model)
    {
        using var encoder = new ModelLoader(model, ComputeOptions.CpuFloat32).LoadPromptEncoder();
        return encoder.Encode("a red fox").Video;
    }

    /// <summary>Writes the tiny model with every matrix of its text encoder quantized and passed to <paramref name="write"/>.</summary>
    private ModelFolder Write(
        string name, AffineFormat format, Func<(string Module, AffineMatrix Weight), IEnumerable<TensorToWrite>> write,
        AffineFormat? stated)
    {
        var gemma = _folder.File(name, "gemma");
        Directory.CreateDirectory(gemma);
        File.CreateSymbolicLink(_folder.File(name, "model.safetensors"), tiny.Model.CheckpointFile);
        File.CreateSymbolicLink(_folder.File(name, "upsampler.safetensors"), tiny.Model.UpsamplerFiles[0]);
        File.CreateSymbolicLink(Path.Combine(gemma, Path.GetFileName(tiny.Model.TokenizerFile)), tiny.Model.TokenizerFile);

        var config = JsonNode.Parse(File.ReadAllText(tiny.Model.GemmaConfigFile))!;
        if (stated is not null)
            config["quantization"] = new JsonObject { ["group_size"] = stated.GroupSize, ["bits"] = stated.Bits };
        File.WriteAllText(Path.Combine(gemma, "config.json"), config.ToJsonString());

        using var source = WeightFiles.Open(tiny.Model.GemmaFiles);
        var tensors = source.Keys.SelectMany(key =>
        {
            var (file, entry, _) = source.Find(key)!;
            var tensor = SafetensorsTensors.Read(file, entry);
            return entry.Shape.Count == 2
                ? write((key[..^".weight".Length], AffineQuantizer.Quantize(tensor, format)))
                : [SafetensorsTensors.ToWrite(key, tensor)];
        });
        SafetensorsWriter.Write(Path.Combine(gemma, "model.safetensors"), tensors);
        return ModelFolder.Open(_folder.File(name));
    }
}
