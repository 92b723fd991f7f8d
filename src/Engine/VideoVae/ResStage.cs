using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>
/// Residual blocks of one width, <c>res_x</c> in the configuration. Keys: <c>res_blocks.N</c>, and <c>time_embedder</c> in
/// timestep-conditioned decoders. Preserves the shape (B, C, F, H, W).
/// </summary>
public sealed class ResStage : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<ResBlock> res_blocks;
    private readonly TimestepEmbedding? time_embedder;

    /// <summary>Reads the weights from <paramref name="scope"/>.</summary>
    public ResStage(WeightScope scope, long channels, int layers, VaePadding padding, bool seesTimestep = false)
        : base(nameof(ResStage))
    {
        var blocks = Enumerable.Range(0, layers)
            .Select(index => new ResBlock(scope.Sub("res_blocks").Sub(index), channels, padding, seesTimestep));
        res_blocks = new ModuleList<ResBlock>(blocks.ToArray());
        time_embedder = seesTimestep ? new TimestepEmbedding(scope.Sub("time_embedder"), ResBlock.ModulationRows * channels) : null;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Forward(input, timestep: null);

    /// <summary>Runs the blocks.</summary>
    /// <param name="input">(B, C, F, H, W)</param>
    /// <param name="timestep">(1), scaled, float32, on the CPU; null in decoders without timestep conditioning.</param>
    public Tensor Forward(Tensor input, Tensor? timestep)
    {
        using var scope = TensorScope.Open();
        var embedding = timestep is null ? null : time_embedder!.forward(timestep);
        var x = input;
        foreach (var block in res_blocks)
        {
            var next = block.Forward(x, embedding);
            if (!ReferenceEquals(x, input))
                x.Dispose();
            x = next;
        }

        return x.MoveToOuterDisposeScope();
    }
}

/// <summary>
/// Twice pixel norm, SiLU and convolution, plus the input. Keys: <c>conv1</c>, <c>conv2</c>, and <c>scale_shift_table</c> (4, C) in
/// timestep-conditioned decoders, where it modulates the norms' outputs.
/// </summary>
public sealed class ResBlock : nn.Module<Tensor, Tensor>
{
    /// <summary>Shift and scale for each of the two norms.</summary>
    internal const long ModulationRows = 4;

    private readonly CausalConv3d conv1;
    private readonly CausalConv3d conv2;
    private readonly Tensor? scale_shift_table;

    /// <summary>Reads the weights from <paramref name="scope"/>.</summary>
    public ResBlock(WeightScope scope, long channels, VaePadding padding, bool seesTimestep = false)
        : base(nameof(ResBlock))
    {
        conv1 = new CausalConv3d(scope.Sub("conv1"), channels, channels, padding);
        conv2 = new CausalConv3d(scope.Sub("conv2"), channels, channels, padding);
        scale_shift_table = seesTimestep ? scope.Weight("scale_shift_table", ModulationRows, channels) : null;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Forward(input, embedding: null);

    /// <summary>Runs the block.</summary>
    /// <param name="input">(B, C, F, H, W)</param>
    /// <param name="embedding">(1, 4C): the stage's timestep embedding; null in decoders without timestep conditioning.</param>
    public Tensor Forward(Tensor input, Tensor? embedding)
    {
        using var scope = TensorScope.Open();
        var rows = embedding is null ? null : TimestepModulation.Rows(embedding, scale_shift_table!);
        var hidden = conv1.Forward(input, part => DeviceOperations.SiluInPlace(Modulated(PixelNorm.Apply(part), 0)));
        hidden = conv2.Forward(hidden, part => DeviceOperations.SiluInPlace(Modulated(PixelNorm.Apply(part), 2)), disposesInput: true);
        return hidden.add_(input).MoveToOuterDisposeScope();

        Tensor Modulated(Tensor normed, int row) => rows is null ? normed : TimestepModulation.Apply(normed, rows[row], rows[row + 1]);
    }
}
