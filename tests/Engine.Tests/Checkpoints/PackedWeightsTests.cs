using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Checkpoints;

public sealed class PackedWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(2, 32)]
    [InlineData(3, 64)]
    [InlineData(4, 128)]
    [InlineData(5, 32)]
    [InlineData(6, 64)]
    [InlineData(8, 128)]
    public void Quantized_layer_round_trips_through_a_file(int bits, int group)
    {
        using var scope = NewDisposeScope();
        using var file = Write(Quantized(bits, group));
        var weights = new CheckpointWeights(file);
        using var layer = new Linear(new WeightScope(weights, ComputeOptions.CpuFloat32, "layer"), 256, 8, hasBias: false);
        weights.RequireAllUsed(CheckpointSection.WholeFile);
        var input = linspace(-1, 1, 2 * 256).view(2, 256);
        using var direct = AffineQuantizer.Quantize(Original(), new AffineFormat(bits, group));
        Assert.Equal(matmul(input, direct.Expand().t()).data<float>().ToArray(), layer.forward(input).data<float>().ToArray());

        // Read returns the expanded values.
        Assert.Equal(direct.Expand().data<float>().ToArray(), weights.Read("layer.weight", [8, 256]).data<float>().ToArray());
    }

    [Fact]
    public void Missing_scales_or_biases_are_reported()
    {
        Refused(Quantized(4, 64).Where(tensor => !tensor.Name.EndsWith("scales", StringComparison.Ordinal)), "1 missing: layer.scales");
        Refused(Quantized(4, 64).Where(tensor => !tensor.Name.EndsWith("biases", StringComparison.Ordinal)), "1 missing: layer.biases");
    }

    [Fact]
    public void Shapes_that_imply_no_valid_format_are_reported()
    {
        Refused(Quantized(4, 64).Select(tensor => tensor.Name == "layer.scales" ? Floats("layer.scales", 8, 3) : tensor),
            "packed [8, 32] with scales [8, 3], which is not a quantization of [8, 256]");
        Refused(Quantized(4, 64).Select(tensor => tensor.Name == "layer.biases" ? Floats("layer.biases", 8, 3) : tensor),
            "layer.biases is F32 [8, 3], which does not match scales [8, 4]");
        Refused(Quantized(4, 64), "not a quantization of [8, 192]", columns: 192);
        Refused([
            .. Quantized(4, 64).Where(tensor => tensor.Name != "layer.scales"),
            TensorToWrite.Of<byte>("layer.scales", TensorDtype.U8, [8, 8], new byte[64])],
                "layer.scales is U8, but only the mode 'affine'");
    }

    [Fact]
    public void Scales_of_a_dense_weight_are_reported_as_surplus() =>
        Refused([Floats("layer.weight", 8, 256), Floats("layer.scales", 8, 4)], "1 not used by the model: layer.scales");

    [Fact]
    public void Packed_weight_that_is_not_a_matrix_is_refused()
    {
        using var file = Write(Quantized(4, 64));
        var weights = new CheckpointWeights(file);
        weights.Read("layer.weight", [8, 2, 128]).Dispose();
        Assert.Contains("only matrices can be packed", Assert.Throws<CheckpointException>(() => weights.RequireAllUsed(_ => true)).Message);
    }

    [Fact]
    public void Format_in_the_configuration_must_match_the_files()
    {
        const string config = """{"quantization":{"group_size":64,"bits":4,"language_model.other":{"group_size":32,"bits":8},"dense":false}}""";
        var stated = QuantizationConfig.Find(ConfigSection.Parse("config.json", config))!;
        Assert.Equal(new AffineFormat(4, 64), stated.FormatOf("language_model.layer"));
        Assert.Equal(new AffineFormat(8, 32), stated.FormatOf("other"));
        Assert.Null(QuantizationConfig.Find(ConfigSection.Parse("config.json", """{"quantization_config":{"quant_method":"fp8"}}""")));

        using var right = WeightFiles.Open([Write(Quantized(4, 64)).Path]);
        Load(new CheckpointWeights(right, quantization: stated), 256);
        using var wrong = WeightFiles.Open([Write(Quantized(8, 32)).Path]);
        Assert.Contains("packed in 8 bits in groups of 32, but the configuration says 4 bits in groups of 64",
            Assert.Throws<CheckpointException>(() => Load(new CheckpointWeights(wrong, quantization: stated), 256)).Message);
    }

    [Theory]
    [InlineData("""{"quantization":{"group_size":16,"bits":4}}""", "4 bits in groups of 16 is not supported")]
    [InlineData("""{"quantization":{"group_size":32,"bits":4,"mode":"mxfp4"}}""", "mode 'mxfp4' is not supported")]
    public void Unsupported_formats_are_refused(string config, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<CheckpointException>(() => QuantizationConfig.Find(ConfigSection.Parse("config.json", config))).Message);

    [Theory]
    [InlineData("weight_scale", "input_scale")]
    [InlineData("scale_weight", "scale_input")]
    [InlineData("weight_scale", "comfy_quant")]
    public void Float8_weights_are_read_with_the_scale_name_of_any_tool(string scale, string unused)
    {
        using var file = Write([Codes([0x38, 0x40, 0xB8, 0x7E]), Floats($"layer.{scale}", 3), Floats($"layer.{unused}", 1)]);
        var weights = new CheckpointWeights(file);
        Assert.Equal([3f, 6f, -3f, 1344f], weights.Read("layer.weight", [2, 2]).data<float>().ToArray());
        weights.RequireAllUsed(CheckpointSection.WholeFile);
    }

    [Fact]
    public void Non_scalar_float8_scale_is_refused()
    {
        using var file = Write([Codes(new byte[4]), Floats("layer.weight_scale", 2, 2)]);
        var weights = new CheckpointWeights(file);
        weights.Read("layer.weight", [2, 2]).Dispose();
        Assert.Contains(
            "layer.weight_scale is F32 [2, 2] instead of one float",
            Assert.Throws<CheckpointException>(() => weights.RequireAllUsed(_ => false)).Message);
    }

    [Fact]
    public void Shape_only_check_finds_the_same_faults_without_reading_data()
    {
        using var files = WeightFiles.Open([Write(Quantized(4, 64)).Path]);
        var meta = new CheckpointWeights(files, readData: false);
        Load(meta, 256, ShapeOnlyWeights.Device);
        Assert.Contains(
            "not a quantization of [8, 192]",
            Assert.Throws<CheckpointException>(
                () => Load(new CheckpointWeights(files, readData: false), 192, ShapeOnlyWeights.Device)).Message);
    }

    public void Dispose() => _folder.Dispose();

    private void Refused(IEnumerable<TensorToWrite> tensors, string expected, long columns = 256)
    {
        using var file = Write(tensors);
        using var files = new WeightFiles([file]);
        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => Load(new CheckpointWeights(files), columns)).Message);
    }

    private static void Load(CheckpointWeights weights, long columns, Device? device = null)
    {
        using var layer = new Linear(
            new WeightScope(weights, ComputeOptions.CpuFloat32 with { Device = device ?? CPU }, "layer"), columns, 8, hasBias: false);
        weights.RequireAllUsed(CheckpointSection.WholeFile);
    }

    private static Tensor Original() => sin(arange(8 * 256, ScalarType.Float32)).view(8, 256);

    /// <summary>Returns the tensors of a quantized (8, 256) layer, created before the original is disposed.</summary>
    private static List<TensorToWrite> Quantized(int bits, int group)
    {
        using var original = Original();
        return AffineQuantizer.Quantize(original, new AffineFormat(bits, group)).ToWrite("layer").ToList();
    }

    private static TensorToWrite Codes(byte[] codes) => TensorToWrite.Of<byte>("layer.weight", TensorDtype.F8_E4M3, [2, 2], codes);

    /// <summary>A tensor of ones; with a single size, a scalar of that value.</summary>
    private static TensorToWrite Floats(string name, params long[] shape) => shape.Length == 1
        ? TensorToWrite.Of<float>(name, TensorDtype.F32, [], new float[] { shape[0] })
        : TensorToWrite.Of<float>(
            name, TensorDtype.F32, shape, Enumerable.Repeat(1f, (int)shape.Aggregate(1L, (product, size) => product * size)).ToArray());

    private SafetensorsFile Write(IEnumerable<TensorToWrite> tensors)
    {
        var path = _folder.File($"{Guid.NewGuid():N}.safetensors");
        SafetensorsWriter.Write(path, tensors);
        return SafetensorsFile.Open(path);
    }
}
