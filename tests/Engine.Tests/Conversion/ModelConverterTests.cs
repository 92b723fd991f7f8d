using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Conversion;
using MlxVideo.Engine.Inventory;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Tests.Stages;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Conversion;

public sealed class ModelConverterTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private static readonly RuntimeQuantization EightBits = new(new AffineFormat(8, 32), QuantizationScope.All);

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, ConversionSettings, bool> Cases() => new()
    {
        { "unchanged", new ConversionSettings(), false },
        { "per component", new ConversionSettings(PerComponent: true), false },
        { "quantized", new ConversionSettings(Quantization: EightBits), false },
        { "with an adapter", new ConversionSettings(TensorDtype.F32), true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Converted_model_renders_the_same_bits_as_changes_while_loading(string name, ConversionSettings settings, bool adapted)
    {
        AdapterFile[] adapters = adapted ? [new AdapterFile(WriteAdapter("transformer_blocks.1.attn1.to_q"), 0.5)] : [];
        var converted = Convert(name, settings with { Adapters = adapters });
        AssertRendersAlike(new LoadOptions(adapters, Quantization: settings.Quantization), converted);
    }

    [Fact]
    public void Unchanged_conversion_of_a_single_file_keeps_every_weight()
    {
        var converted = Convert("copy", new ConversionSettings());
        using var before = SafetensorsFile.Open(tiny.Model.CheckpointFile);
        using var after = SafetensorsFile.Open(converted.CheckpointFile);
        Assert.Equal(before.Header.Tensors.Keys.Order(), after.Header.Tensors.Keys.Order());
        Assert.All(before.Header.Tensors.Keys, key => Assert.Equal(before.ReadArray<byte>(key), after.ReadArray<byte>(key)));
    }

    [Fact]
    public void Scope_selects_the_layers_and_dtype_changes_only_large_weights()
    {
        var quantization = new RuntimeQuantization(new AffineFormat(4, 32), QuantizationScope.VideoSelfAttention);
        var converted = Convert("scope", new ConversionSettings(TensorDtype.F16, quantization));
        var layers = ModelReport.Of(converted, digest: null, layers: true).Layers!;
        var packed = layers.Where(layer => layer.Format == "4 bits in groups of 32").ToList();
        Assert.NotEmpty(packed);
        Assert.All(packed, layer => Assert.Contains(".attn1.", layer.Name));
        Assert.Contains(layers, layer => layer.Name.EndsWith(".ff.net.0.proj.weight") && layer.Format == "F16");
        Assert.Contains(layers, layer => layer.Name.EndsWith(".ff.net.0.proj.bias") && layer.Format == "BF16");
        Assert.All(layers.Where(layer => layer.Component == "vocoder"), layer => Assert.Equal("BF16", layer.Format));
    }

    [Fact]
    public void Adapter_is_merged_before_quantization()
    {
        var adapter = new AdapterFile(WriteAdapter("transformer_blocks.0.attn1.to_q"), 0.5);
        var merged = Convert("merged", new ConversionSettings(TensorDtype.F32, Adapters: [adapter]));
        var twice = Convert("twice", new ConversionSettings(Quantization: EightBits), merged);
        var once = Convert("once", new ConversionSettings(TensorDtype.F32, EightBits, [adapter]));
        const string Key = "model.diffusion_model.transformer_blocks.0.attn1.to_q.weight";
        using var first = SafetensorsFile.Open(twice.CheckpointFile);
        using var second = SafetensorsFile.Open(once.CheckpointFile);
        Assert.Equal(first.ReadArray<byte>(Key), second.ReadArray<byte>(Key));
        using var plain = SafetensorsFile.Open(Convert("plain", new ConversionSettings(Quantization: EightBits)).CheckpointFile);
        Assert.NotEqual(first.ReadArray<byte>(Key), plain.ReadArray<byte>(Key));
    }

    [Fact]
    public void Packed_model_is_expanded_when_a_dtype_is_given()
    {
        var packed = Convert("packed", new ConversionSettings(Quantization: EightBits));
        var dense = Convert("dense", new ConversionSettings(TensorDtype.F32), packed);
        var layers = ModelReport.Of(dense, digest: null, layers: true).Layers!;
        Assert.DoesNotContain(layers, layer => layer.Format.Contains("bits"));
        AssertRendersAlike(new LoadOptions([], Quantization: EightBits), dense);
    }

    [Fact]
    public void Text_encoder_can_be_left_where_it_is()
    {
        ModelConverter.Convert(
            tiny.Model, new ConversionSettings(TextEncoder: false), _folder.File("small"), progress: null, CancellationToken.None);
        Assert.False(Directory.Exists(_folder.File("small", "gemma")));
        ModelLoader.Check(ModelFolder.Open(new ModelLocation(_folder.File("small"), TextEncoder: tiny.Model.GemmaFolder)));
    }

    [Fact]
    public void Failed_conversion_leaves_nothing()
    {
        var adapter = new AdapterFile(WriteAdapter("transformer_blocks.99.attn1.to_q"), 1);
        Assert.Throws<CheckpointException>(() => Convert("bad", new ConversionSettings(Adapters: [adapter])));
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => ModelConverter.Convert(
            tiny.Model, new ConversionSettings(TensorDtype.F32), _folder.File("cancelled"), (_, _) => cancellation.Cancel(),
            cancellation.Token));
        Directory.CreateDirectory(_folder.File("full", "x"));
        Assert.Throws<IOException>(() => Convert("full", new ConversionSettings()));
        Assert.Equal(["full"], Directory.EnumerateDirectories(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Value_beyond_the_range_of_the_dtype_is_reported_with_its_weight()
    {
        using var scope = NewDisposeScope();
        const string Key = "model.diffusion_model.patchify_proj.weight";
        var source = _folder.File("large");
        foreach (var file in Directory.EnumerateFiles(tiny.Model.Path, "*", SearchOption.AllDirectories))
        {
            var link = Path.Combine(source, Path.GetRelativePath(tiny.Model.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            if (file != tiny.Model.CheckpointFile)
                File.CreateSymbolicLink(link, file);
        }

        using (var original = SafetensorsFile.Open(tiny.Model.CheckpointFile))
        {
            SafetensorsWriter.Write(
                Path.Combine(source, "model.safetensors"),
                original.Header.Tensors.Keys.Select(key => SafetensorsTensors.ToWrite(
                    key, key == Key ? original.ReadTensor(key).fill_(1e6f) : original.ReadTensor(key))),
                original.Header.Metadata);
        }

        var ex = Assert.Throws<CheckpointException>(
            () => Convert("f16", new ConversionSettings(TensorDtype.F16), ModelFolder.Open(source)));
        Assert.Contains($"'{Key}' has values that are not finite numbers in F16", ex.Message);
    }

    public void Dispose() => _folder.Dispose();

    private ModelFolder Convert(string name, ConversionSettings settings, ModelFolder? source = null)
    {
        var done = new List<int>();
        var weights = 0;
        ModelConverter.Convert(
            source ?? tiny.Model, settings, _folder.File(name), (written, total) =>
            {
                done.Add(written);
                weights = total;
            },
            CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, weights), done);
        return ModelFolder.Open(_folder.File(name));
    }

    private void AssertRendersAlike(LoadOptions whileLoading, ModelFolder converted)
    {
        using var loading = new StageRunner(tiny.Model, ComputeOptions.CpuFloat32, load: whileLoading);
        using var loaded = new StageRunner(converted, ComputeOptions.CpuFloat32);
        var clip = new RenderSettings { Prompt = "A red fox.", Width = 64, Height = 64, NumFrames = 9, Seed = 3 };
        var expected = ClipStages.Run(loading, clip, _folder.File("expected"));
        var actual = ClipStages.Run(loaded, clip, _folder.File("actual"));
        Assert.All(expected, artefact => Assert.Equal(File.ReadAllBytes(artefact.Value), File.ReadAllBytes(actual[artefact.Key])));
    }

    private string WriteAdapter(string layer)
    {
        using var scope = NewDisposeScope();
        var path = _folder.File($"{Guid.NewGuid():N}.safetensors");
        var dim = tiny.Model.Configs.Transformer.Video.InnerDim;
        SafetensorsWriter.Write(path,
        [
            SafetensorsTensors.ToWrite($"diffusion_model.{layer}.lora_A.weight", cos(arange(2 * dim, ScalarType.Float32)).view(2, dim)),
            SafetensorsTensors.ToWrite($"diffusion_model.{layer}.lora_B.weight", sin(arange(2 * dim, ScalarType.Float32)).view(dim, 2)),
        ]);
        return path;
    }
}
