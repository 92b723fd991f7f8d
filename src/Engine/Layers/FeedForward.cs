using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Layers;

/// <summary>Linear to four times the width, tanh GELU, linear back. Keys: <c>net.0.proj</c>, <c>net.2</c>. (..., D) to (..., D).</summary>
public sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    private const int Widening = 4;

    private readonly Linear widen;
    private readonly Linear narrow;

    /// <summary>Reads the weights from <paramref name="scope"/>.</summary>
    public FeedForward(WeightScope scope, long dim)
        : base(nameof(FeedForward))
    {
        widen = new Linear(scope.Sub("net.0.proj"), dim, dim * Widening);
        narrow = new Linear(scope.Sub("net.2"), dim * Widening, dim);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = TensorScope.Open();
        return narrow.forward(Gelu.TanhInPlace(widen.forward(input))).MoveToOuterDisposeScope();
    }
}

/// <summary>The tanh approximation of GELU, used throughout LTX-2 and Gemma.</summary>
internal static class Gelu
{
    public static Tensor Tanh(Tensor input) => F.gelu(input, TorchSharp.Modules.GELU.Approximate.tanh);

    /// <summary>Overwrites a tensor owned by the caller, which avoids a second copy of a block's widest tensor.</summary>
    public static Tensor TanhInPlace(Tensor own) => DeviceOperations.GeluInPlace(own);
}
