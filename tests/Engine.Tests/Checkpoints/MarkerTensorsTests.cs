using System.Text;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Tests.Checkpoints;

/// <summary>Marker tensors of repackaging tools, added to each file of the tiny model.</summary>
public sealed class MarkerTensorsTests : IDisposable
{
    private const string Layer = "model.diffusion_model.transformer_blocks.0.attn1.to_q";

    private static readonly string Checkpoint = "model.safetensors";
    private static readonly string Upsampler = "spatial_upsampler.safetensors";
    private static readonly string Gemma = Path.Combine("gemma", "model.safetensors");

    private readonly TemporaryFolder _folder = new();

    public MarkerTensorsTests() => TinyModel.Write(_folder.File("model"));

    [Fact]
    public void Marker_tensors_are_ignored_in_every_file()
    {
        string[] names =
            ["scaled_fp8", "spiece_model", "num_updates", "model_ema.decay", "a.input_scale", "a.scale_input", "a.comfy_quant",
                "a.rotary_emb.inv_freq"];
        foreach (var file in new[] { Checkpoint, Upsampler, Gemma })
            Add(file, names.Select(name => Bytes(name)));
        Add(Checkpoint, new[] { "model.diffusion_model.", "vae.", "audio_vae.decoder.", "vocoder.", "text_embedding_projection." }.Select(
            prefix => Bytes(prefix + "scaled_fp8")));
        Check();
    }

    [Theory]
    [InlineData("scaled_fp4")]
    [InlineData("not_scaled_fp8")]
    [InlineData("scaled_fp8.weight")]
    [InlineData("model.diffusion_model.transformer_blocks.0.attn1.to_q.weight_scale")]
    public void Other_surplus_tensors_are_still_refused(string name)
    {
        Add(Checkpoint, [Bytes(name)]);
        Assert.Contains($"1 not used by the model: {name}", Assert.Throws<CheckpointException>(Check).Message);
    }

    [Theory]
    [InlineData("""{"format":"float8_e4m3fn"}""", null)]
    [InlineData("""{"format":"float8_e4m3fn","full_precision_matrix_mult":true}""", null)]
    [InlineData("""{"format":"int8_tensorwise"}""", "the quantization format int8_tensorwise ('" + Layer + "')")]
    [InlineData("""{"format":"nvfp4"}""", "the quantization format nvfp4")]
    [InlineData("""{"format":"float8_e4m3fn","convrot":true}""", "float8_e4m3fn with convrot")]
    [InlineData("format", "is a quantization description that can't be parsed")]
    public void Unsupported_format_in_a_description_tensor_is_refused_by_name(string description, string? expected)
    {
        Add(Checkpoint,
            [TensorToWrite.Of<byte>($"{Layer}.comfy_quant", TensorDtype.U8, [description.Length], Encoding.UTF8.GetBytes(description))]);
        AssertRefused(expected);
    }

    [Theory]
    [InlineData("""{"layers":{"transformer_blocks.0.attn1.to_q":{"format":"mxfp8"}}}""", "the quantization format mxfp8 ('transformer_blocks.0.attn1.to_q')")]
    [InlineData("""{"layers":{"transformer_blocks.0.attn1.to_q":"svdquant_int4"}}""", "the quantization format svdquant_int4")]
    [InlineData("""{"format_version":"1.0","layers":{"transformer_blocks.0.attn1.to_q":{"format":"float8_e5m2"}}}""", null)]
    public void Unsupported_format_in_the_header_is_refused_by_name(string metadata, string? expected)
    {
        Add(Gemma, [], new Dictionary<string, string> { ["_quantization_metadata"] = metadata });
        AssertRefused(expected);
    }

    [Theory]
    [InlineData("language_model.model.layers.0.mlp.up_proj.weight.quant_state.bitsandbytes__nf4", "bitsandbytes NF4")]
    [InlineData("language_model.model.layers.0.mlp.up_proj.qweight", "GPTQ or AWQ")]
    [InlineData("language_model.model.layers.0.mlp.up_proj.weight_scale_2", "NVFP4")]
    public void Tensors_of_unsupported_quantizations_are_refused_by_name(string name, string expected)
    {
        Add(Gemma, [Bytes(name)]);
        AssertRefused($"the quantization format {expected} ('language_model.model.layers.0.mlp.up_proj");
    }

    [Fact]
    public void Integer_weight_is_refused_as_an_unknown_quantization()
    {
        Replace(Checkpoint, entry => entry.Name == $"{Layer}.weight" ? entry with { Dtype = TensorDtype.I8 } : entry);
        Assert.Contains($"{Layer}.weight is I8, an unknown quantization", Assert.Throws<CheckpointException>(Check).Message);
    }

    [Fact]
    public void Component_file_with_a_marker_tensor_is_still_read()
    {
        Split("model.safetensors", "vae.safetensors", name => name.StartsWith("vae.", StringComparison.Ordinal));
        Add("vae.safetensors", [Bytes("scaled_fp8")]);
        Check();
    }

    [Fact]
    public void Transformer_under_a_different_prefix_is_read()
    {
        const string released = "model.diffusion_model.";
        Split("model.safetensors", "vae.safetensors", name => name.StartsWith("vae.", StringComparison.Ordinal));
        Rename("model.safetensors", name => name.StartsWith(released, StringComparison.Ordinal) ? name["model.".Length..] : name);
        Check();
    }

    public void Dispose() => _folder.Dispose();

    private void Check() => ModelLoader.Check(ModelFolder.Open(_folder.File("model")));

    private void AssertRefused(string? expected)
    {
        if (expected is null)
            Check();
        else
            Assert.Contains(expected, Assert.Throws<CheckpointException>(Check).Message);
    }

    private static TensorToWrite Bytes(string name) => TensorToWrite.Of<byte>(name, TensorDtype.U8, [0], Array.Empty<byte>());

    private void Add(string file, IEnumerable<TensorToWrite> more, IReadOnlyDictionary<string, string>? metadata = null) =>
        Rewrite(file, tensors => tensors.Concat(more), metadata);

    private void Rename(string file, Func<string, string> rename) =>
        Rewrite(file, tensors => tensors.Select(tensor => tensor with { Name = rename(tensor.Name) }));

    /// <summary>Replaces tensors with a changed dtype by zeros of the new shape, one byte per element.</summary>
    private void Replace(string file, Func<TensorEntry, TensorEntry> change) => Rewrite(file, tensors => tensors.Select(tensor =>
        change(new TensorEntry(tensor.Name, tensor.Dtype, tensor.Shape, 0, 0)) is var entry && entry.Dtype != tensor.Dtype
            ? new TensorToWrite(tensor.Name, entry.Dtype, entry.Shape, stream => stream.Write(new byte[entry.ElementCount()]))
            : tensor));

    private void Split(string file, string other, Func<string, bool> moves)
    {
        File.Copy(_folder.File("model", file), _folder.File("model", other));
        Rewrite(file, tensors => tensors.Where(tensor => !moves(tensor.Name)));
        Rewrite(other, tensors => tensors.Where(tensor => moves(tensor.Name)), keepsMetadata: false);
    }

    private void Rewrite(string name, Func<IEnumerable<TensorToWrite>, IEnumerable<TensorToWrite>> change,
        IReadOnlyDictionary<string, string>? more = null, bool keepsMetadata = true)
    {
        var path = _folder.File("model", name);
        using (var file = SafetensorsFile.Open(path))
        {
            var tensors = file.Header.Tensors.Values.Select(
                entry => new TensorToWrite(entry.Name, entry.Dtype, entry.Shape, stream => stream.Write(file.ReadArray<byte>(entry.Name))));
            var metadata = (keepsMetadata ? file.Header.Metadata : new Dictionary<string, string>())
                .Concat(more ?? new Dictionary<string, string>()).ToDictionary();
            SafetensorsWriter.Write(path + ".new", change(tensors), metadata);
        }

        File.Move(path + ".new", path, overwrite: true);
    }
}
