using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>Residual blocks of one width, <c>res_x</c> in the configuration. Keys: <c>res_blocks.N</c>. (B, C, F, H, W) kept.</summary>
public sealed class ResStage : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<ResBlock> res_blocks;

    /// <summary>Takes the weights from <paramref name="scope"/>.</summary>
    public ResStage(WeightScope scope, long channels, int layers, VaePadding padding)
        : base(nameof(ResStage))
    {
        var blocks = Enumerable.Range(0, layers).Select(index => new ResBlock(scope.Sub("res_blocks").Sub(index), channels, padding));
        res_blocks = new ModuleList<ResBlock>(blocks.ToArray());
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = TensorScope.Open();
        var x = input;
        foreach (var block in res_blocks)
        {
            var next = block.forward(x);
            if (!ReferenceEquals(x, input))
                x.Dispose();
            x = next;
        }

        return x.MoveToOuterDisposeScope();
    }
}

/// <summary>Pixel norm, SiLU, convolution, twice, plus the input. Keys: <c>conv1</c>, <c>conv2</c>.</summary>
public sealed class ResBlock : nn.Module<Tensor, Tensor>
{
    private readonly CausalConv3d conv1;
    private readonly CausalConv3d conv2;

    /// <summary>Takes the weights from <paramref name="scope"/>.</summary>
    public ResBlock(WeightScope scope, long channels, VaePadding padding)
        : base(nameof(ResBlock))
    {
        conv1 = new CausalConv3d(scope.Sub("conv1"), channels, channels, padding);
        conv2 = new CausalConv3d(scope.Sub("conv2"), channels, channels, padding);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = TensorScope.Open();
        var hidden = conv1.forward(PixelNorm.Apply(input).silu_());
        hidden = conv2.forward(PixelNorm.Apply(hidden).silu_());
        return hidden.add_(input).MoveToOuterDisposeScope();
    }
}
