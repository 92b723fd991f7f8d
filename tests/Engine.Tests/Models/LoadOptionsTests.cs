using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Tests.Stages;
using MlxVideo.Engine.Transformer;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Models;

public sealed class LoadOptionsTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private static readonly RuntimeQuantization EightBits = new(new AffineFormat(8, 32), QuantizationScope.All);

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<RuntimeQuantization?, LoraPlacement> Options() => new()
    {
        { null, LoraPlacement.Merged },
        { null, LoraPlacement.Separate },
        { EightBits, LoraPlacement.Merged },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public void Adapters_have_the_same_effect_in_every_placement_and_format(RuntimeQuantization? quantization, LoraPlacement placement)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var plain = Run(LoadOptions.AsStored);
        var adapted = Run(new LoadOptions([new AdapterFile(WriteAdapter(1), 0.5)]));
        var loaded = Run(new LoadOptions([new AdapterFile(WriteAdapter(1), 0.5)], placement, quantization));
        Assert.True(Distance(adapted, plain) > 0.1, $"The adapter changed the output by only {Distance(adapted, plain)}.");
        Assert.True(
            Distance(loaded, adapted) < Distance(adapted, plain) / 10,
            $"The outputs differ by {Distance(loaded, adapted)}; the adapter's effect is {Distance(adapted, plain)}.");
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Streamed_blocks_honour_adapters_and_quantization(RuntimeQuantization? quantization, LoraPlacement placement)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var options = new LoadOptions([new AdapterFile(WriteAdapter(1), 0.5)], placement, quantization);
        using var streamed = new ModelLoader(tiny.Model, ComputeOptions.CpuFloat32, options).LoadStreamedTransformer(2);
        Assert.Equal(Run(options), Denoise(streamed));
    }

    [Fact]
    public void Packed_checkpoint_gives_the_same_bits_as_quantization_at_load_time()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var packed = PackedModel();
        using var fromFile = new ModelLoader(packed, ComputeOptions.CpuFloat32).LoadTransformer();
        using var streamed = new ModelLoader(packed, ComputeOptions.CpuFloat32).LoadStreamedTransformer(1);
        var expected = Run(new LoadOptions([], Quantization: EightBits));
        Assert.Equal(expected, Denoise(fromFile));
        Assert.Equal(expected, Denoise(streamed));
    }

    [Fact]
    public void Packed_and_runtime_quantized_transformers_have_the_same_size()
    {
        var dense = new ModelLoader(tiny.Model, ComputeOptions.CpuFloat32).BytesOf(ModelComponent.Transformer);
        var quantized = new ModelLoader(tiny.Model, ComputeOptions.CpuFloat32, new LoadOptions([], Quantization: EightBits))
            .BytesOf(ModelComponent.Transformer);
        var packed = new ModelLoader(PackedModel(), ComputeOptions.CpuFloat32).BytesOf(ModelComponent.Transformer);
        Assert.InRange(quantized, dense / 4, dense / 2);
        Assert.Equal(packed, quantized, packed * 0.05);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Disposed_transformer_leaves_no_live_tensors(RuntimeQuantization? quantization, LoraPlacement placement)
    {
        using var noGradients = no_grad();
        var options = new LoadOptions([new AdapterFile(WriteAdapter(1), 0.5)], placement, quantization);
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        using (var scope = NewDisposeScope())
            Run(options);
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Adapter_for_another_model_is_refused_unless_it_may_be_partial()
    {
        var adapter = WriteAdapter(block: 7);
        var strict = new ModelLoader(tiny.Model, ComputeOptions.CpuFloat32, new LoadOptions([new AdapterFile(adapter, 1)]));
        Assert.Contains("transformer_blocks_7_attn1_to_q", Assert.Throws<CheckpointException>(strict.LoadTransformer).Message);
        Assert.Throws<CheckpointException>(() => strict.LoadStreamedTransformer(1));
        new ModelLoader(tiny.Model, ComputeOptions.CpuFloat32, new LoadOptions([new AdapterFile(adapter, 1, MayBePartial: true)]))
            .LoadTransformer().Dispose();
    }

    public void Dispose() => _folder.Dispose();

    private static double Distance(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max();

    private float[] Run(LoadOptions options)
    {
        using var transformer = new ModelLoader(tiny.Model, ComputeOptions.CpuFloat32, options).LoadTransformer();
        return Denoise(transformer);
    }

    private float[] Denoise(LtxTransformer transformer)
    {
        var grid = new VideoGrid(new LatentSize(2, 2, 3), tiny.Model.Configs.VideoChannels, 24);
        using var noise = new NoiseGenerator(3);
        var state = Noiser.Apply(grid.State(), noise.Draw(grid.Tokens, grid.Channels));
        var context =
            noise.Draw(4, tiny.Model.Configs.Transformer.Video.CaptionChannels ?? tiny.Model.Configs.Transformer.Video.ContextDim);
        return new DenoiseLoop(transformer, CPU)
            .Run(new ModalityRun(state, context), audio: null, DistilledSigmas.ForPass(2)).Video!.data<float>().ToArray();
    }

    /// <summary>Writes a rank-2 adapter for two layers of a block, with weights large enough to change the output.</summary>
    private string WriteAdapter(int block)
    {
        using var scope = NewDisposeScope();
        var path = _folder.File($"{Guid.NewGuid():N}.safetensors");
        var dim = tiny.Model.Configs.Transformer.Video.InnerDim;
        var factors =
            from layer in new[] { "attn1.to_q", "attn1.to_out.0" }
            from factor in new[] { (Name: "lora_A", Shape: new long[] { 2, dim }), (Name: "lora_B", Shape: [dim, 2]) }
            select SafetensorsTensors.ToWrite(
                $"diffusion_model.transformer_blocks.{block}.{layer}.{factor.Name}.weight",
                cos(arange(2 * dim, ScalarType.Float32)).view(factor.Shape));
        SafetensorsWriter.Write(path, factors.ToList());
        return path;
    }

    /// <summary>Writes a copy of the tiny model with packed transformer layers.</summary>
    private ModelFolder PackedModel()
    {
        using var scope = NewDisposeScope();
        var target = _folder.File(Guid.NewGuid().ToString("N"));
        foreach (var file in Directory.EnumerateFiles(tiny.Model.Path, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(tiny.Model.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var layers = new ShapeOnlyWeights();
        tiny.Model.Configs.BuildTransformer(new WeightScope(layers, ComputeOptions.CpuFloat32 with { Device = ShapeOnlyWeights.Device }))
            .Dispose();
        var packed =
            layers.Requests.Where(request => request.IsMatrix && EightBits.AppliesTo(request.Key, request.Shape[0], request.Shape[1]))
                .Select(request => request.Key).ToHashSet();
        using var source = SafetensorsFile.Open(tiny.Model.CheckpointFile);
        var tensors = source.Header.Tensors.Keys.SelectMany(key => packed.Contains(key)
            ? AffineQuantizer.Quantize(source.ReadTensor(key), EightBits.Format).ToWrite(key[..^".weight".Length])
            : [SafetensorsTensors.ToWrite(key, source.ReadTensor(key))]);
        SafetensorsWriter.Write(Path.Combine(target, Path.GetFileName(tiny.Model.CheckpointFile)), tensors, source.Header.Metadata);
        return ModelFolder.Open(target);
    }
}
