using System.Buffers.Binary;
using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Adapters;

/// <summary>Sources of alpha in trainers' files and their precedence.</summary>
public sealed class LoraScalesTests : IDisposable
{
    private const string Query = "transformer.transformer_blocks.0.attn1.to_q";
    private const string AudioQuery = "transformer.transformer_blocks.0.audio_attn1.to_q";
    private const string Connector = "connectors.video_connector.transformer_blocks.0.attn1.to_q";

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("lora_adapter_metadata", """{"transformer.r":4,"transformer.lora_alpha":8,"transformer.target_modules":["to_q"]}""", 2)]
    [InlineData("lora_adapter_metadata", """{"r":4,"lora_alpha":2.0,"alpha_pattern":{},"rank_pattern":{}}""", 0.5)]
    [InlineData("lora_adapter_metadata", """{"transformer.r":4,"transformer.lora_alpha":8,"transformer.use_rslora":true}""", 4)]
    [InlineData("lora_adapter_metadata", """{"transformer.r":4,"transformer.lora_alpha":8,"transformer.alpha_pattern":{"attn1.to_q":16}}""", 4)]
    [InlineData("lora_adapter_metadata", """{"transformer.r":4,"transformer.lora_alpha":8,"transformer.alpha_pattern":{"audio_attn1.to_q":16}}""", 2)]
    [InlineData("lora_adapter_metadata", """{"transformer.r":4,"transformer.lora_alpha":8,"transformer.alpha_pattern":{"tn1.to_q":16}}""", 2)]
    [InlineData("lora_adapter_metadata", """{"transformer.r":4,"transformer.lora_alpha":8,"transformer.alpha_pattern":{"^transformer_blocks\\.[0-3]\\..*to_q":12}}""", 3)]
    [InlineData("lora_adapter_metadata", """{"transformer.r":8,"transformer.lora_alpha":8,"transformer.rank_pattern":{"transformer_blocks.0.attn1.to_q":4}}""", 2)]
    [InlineData("lora_adapter_metadata", """{"connectors.r":4,"connectors.lora_alpha":8}""", 1)]
    [InlineData("lora_adapter_metadata", """{"transformer.r":4,"transformer.target_modules":["to_q"]}""", 1)]
    [InlineData("lora_config", """{"r":4,"lora_alpha":8}""", 2)]
    [InlineData("lora_alpha", "8", 2)]
    [InlineData("ss_network_alpha", "1.0", 0.25)]
    [InlineData("network_alpha", "6", 1.5)]
    [InlineData("alpha", "8", 2)]
    [InlineData("networkAlphas", """{"transformer_blocks.0.attn1.to_q.alpha":12,"transformer_blocks.1.attn1.to_q.alpha":99}""", 3)]
    [InlineData("ss_network_alpha", "None", 1)]
    [InlineData("ss_network_alpha", "Dynamic", 1)]
    [InlineData("format", "pt", 1)]
    public void Alpha_is_read_from_the_header(string key, string value, double expected) =>
        Assert.Equal(expected, Scale(Query, Header(key, value)));

    [Fact]
    public void Header_settings_apply_per_component()
    {
        var header = Header("lora_adapter_metadata", """{"transformer.r":4,"transformer.lora_alpha":8,"connectors.r":4,"connectors.lora_alpha":1}""");
        Assert.Equal(2, Scale(Query, header));
        Assert.Equal(2, Scale(AudioQuery, header));
        Assert.Equal(0.25, Scale(Connector, header));
    }

    [Theory]
    [InlineData(TensorDtype.F32)]
    [InlineData(TensorDtype.F16)]
    [InlineData(TensorDtype.BF16)]
    [InlineData(TensorDtype.F64)]
    [InlineData(TensorDtype.I64)]
    [InlineData(TensorDtype.I32)]
    [InlineData(TensorDtype.U8)]
    [InlineData(TensorDtype.U16)]
    [InlineData(TensorDtype.F8_E4M3)]
    public void Alpha_tensor_of_any_dtype_takes_precedence(TensorDtype dtype)
    {
        File.WriteAllText(_folder.File("adapter_config.json"), """{"r":4,"lora_alpha":400}""");
        var header = Header("lora_adapter_metadata", """{"r":4,"lora_alpha":40}""");
        foreach (var shape in new long[][] { [], [1], [1, 1] })
            Assert.Equal(3, Scale(Query, header, new TensorToWrite($"{Query}.alpha", dtype, shape, stream => stream.Write(Twelve(dtype)))));
    }

    [Fact]
    public void Header_takes_precedence_over_adapter_config_json()
    {
        File.WriteAllText(_folder.File("adapter_config.json"), """{"r":4,"lora_alpha":8,"peft_type":"LORA"}""");
        Assert.Equal(2, Scale(Query));
        Assert.Equal(4, Scale(Query, Header("lora_alpha", "16")));
        Assert.Equal(0.5, Scale(Query, new Dictionary<string, string> { ["lora_alpha"] = "16", ["lora_adapter_metadata"] = """{"r":4,"lora_alpha":2}""" }));
    }

    [Fact]
    public void In_a_folder_of_several_adapters_adapter_config_json_applies_only_to_the_peft_file()
    {
        File.WriteAllText(_folder.File("adapter_config.json"), """{"r":4,"lora_alpha":8}""");
        File.WriteAllText(_folder.File("._style.safetensors"), "");
        Assert.Equal(2, Scale(Query));
        File.WriteAllText(_folder.File("other.safetensors"), "");
        Assert.Equal(1, Scale(Query));
        Assert.Equal(2, Scale(Query, name: "adapter_model.safetensors"));
    }

    [Theory]
    [InlineData("networks.lora_wan", ".lora_A.weight", ".lora_B.weight", 1)]
    [InlineData("networks.lora_wan", ".lora_down.weight", ".lora_up.weight", 2)]
    [InlineData(null, ".lora_A.weight", ".lora_B.weight", 2)]
    public void Alpha_already_applied_by_a_converter_is_not_applied_again(string? module, string down, string up, double expected)
    {
        var header = new Dictionary<string, string> { ["ss_network_alpha"] = "8", ["ss_network_dim"] = "4" };
        if (module is not null)
            header["ss_network_module"] = module;
        using var adapter = Open([Zeros(Query + down, 4, 6), Zeros(Query + up, 5, 4)], header);
        Assert.Equal(expected, adapter.Layers.Single().Scale);
    }

    [Theory]
    [InlineData("lora_adapter_metadata", """{"transformer.r":16,"transformer.lora_alpha":8}""", "states rank 16 for 'transformer.transformer_blocks.0.attn1.to_q', but the factors have rank 4")]
    [InlineData("lora_adapter_metadata", """{"transformer.r":4,"transformer.lora_alpha":8,"transformer.rank_pattern":{"to_q":16}}""", "states rank 16")]
    [InlineData("lora_adapter_metadata", """{"r":4,"lora_alpha":8,"use_dora":true}""", "DoRA")]
    [InlineData("lora_adapter_metadata", """{"r":4,"lora_alpha":8,"alpha_pattern":{"(to_q":16}}""", "'(to_q' is not a supported pattern")]
    [InlineData("lora_adapter_metadata", "no json", "not valid JSON")]
    [InlineData("ss_network_alpha", "much", "ss_network_alpha 'much' in the header is not a finite number")]
    public void Inconsistent_or_unsupported_header_setting_is_refused(string key, string value, string expected) =>
        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => Scale(Query, Header(key, value))).Message);

    [Fact]
    public void Header_rank_that_does_not_match_the_factors_is_refused() =>
        Assert.Contains(
            "states rank 32",
            Assert.Throws<CheckpointException>(
                () => Scale(Query, new Dictionary<string, string> { ["ss_network_alpha"] = "8", ["ss_network_dim"] = "32" })).Message);

    [Theory]
    [InlineData(TensorDtype.F8_E4M3, 0x38, 0x40, 2f)] // 1, 2
    [InlineData(TensorDtype.F8_E5M2, 0x3C, 0x44, 4f)] // 1, 4
    public void Float8_factors_are_multiplied_by_their_scales(TensorDtype dtype, int down, int up, float product)
    {
        using var scope = NewDisposeScope();
        using var adapter = Open(
        [
            Filled("a.lora_A.weight", dtype, (byte)down, 4, 6), Filled("a.lora_B.weight", dtype, (byte)up, 5, 4),
            TensorToWrite.Of<float>("a.lora_A.weight_scale", TensorDtype.F32, [], new[] { 0.5f }),
            TensorToWrite.Of<float>("a.lora_B.scale_weight", TensorDtype.F32, [1], new[] { 3f }),
            TensorToWrite.Of<float>("a.alpha", TensorDtype.F32, [], new[] { 8f }), Filled("scaled_fp8", dtype, 0, 0),
        ]);
        var (a, b) = adapter.Read((LowRankUpdate)adapter.Find("a")!.Update, strength: 1);
        Assert.All(matmul(b, a).data<float>().ToArray(), value => Assert.Equal(4 * product * 0.5f * 3f * (8f / 4f), value));
    }

    [Fact]
    public void Factors_of_different_dtypes_can_be_multiplied()
    {
        using var scope = NewDisposeScope();
        // 1, 2
        using var adapter =
            Open([Filled("a.lora_A.weight", TensorDtype.BF16, [0x80, 0x3F], 2, 3),
                Filled("a.lora_B.weight", TensorDtype.F16, [0x00, 0x40], 3, 2)]);
        var (a, b) = adapter.Read((LowRankUpdate)adapter.Find("a")!.Update, strength: 1);
        Assert.All(matmul(b, a).data<float>().ToArray(), value => Assert.Equal(4, value));
    }

    [Fact]
    public void Scale_for_factors_that_are_not_float8_is_refused() =>
        Assert.Contains(
            "is a scale for 8-bit floats",
            Assert.Throws<CheckpointException>(() => Scale(Query, tensor: Zeros($"{Query}.lora_A.weight_scale", 1))).Message);

    public void Dispose() => _folder.Dispose();

    private double Scale(
        string layer, IReadOnlyDictionary<string, string>? header = null, TensorToWrite? tensor = null, string name = "style.safetensors")
    {
        using var adapter =
            Open([Zeros(layer + ".lora_A.weight", 4, 6), Zeros(layer + ".lora_B.weight", 5, 4), .. tensor is null
                ? Array.Empty<TensorToWrite>()
                : [tensor]], header, name);
        return adapter.Layers.Single().Scale;
    }

    private LoraAdapter Open(
        IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? header = null, string name = "style.safetensors")
    {
        SafetensorsWriter.Write(_folder.File(name), tensors, header);
        return LoraAdapter.Open(_folder.File(name));
    }

    private static Dictionary<string, string> Header(string key, string value) => new() { [key] = value };

    private static TensorToWrite Zeros(string name, params long[] shape) => Filled(name, TensorDtype.F32, [0, 0, 0, 0], shape);

    private static TensorToWrite Filled(string name, TensorDtype dtype, byte element, params long[] shape) =>
        Filled(name, dtype, [element], shape);

    private static TensorToWrite Filled(string name, TensorDtype dtype, byte[] element, params long[] shape) =>
        new(name, dtype, shape, stream =>
    {
        for (var index = shape.Aggregate(1L, (product, size) => product * size); index > 0; index--)
            stream.Write(element);
    });

    /// <summary>Returns the number 12, encoded in the dtype.</summary>
    private static byte[] Twelve(TensorDtype dtype)
    {
        var bytes = new byte[8];
        switch (dtype)
        {
            case TensorDtype.F64:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, 12);
                break;
            case TensorDtype.F32:
                BinaryPrimitives.WriteSingleLittleEndian(bytes, 12);
                break;
            case TensorDtype.F16:
                BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)12);
                break;
            case TensorDtype.BF16:
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(BitConverter.SingleToUInt32Bits(12) >> 16));
                break;
            case TensorDtype.F8_E4M3:
                bytes[0] = 0x54; // 1.5 · 2^3
                break;
            default:
                bytes[0] = 12;
                break;
        }

        return bytes[..dtype.ElementSize()];
    }
}
