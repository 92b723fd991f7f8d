using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>
/// The video VAE's 3 x 3 x 3 convolution. Time is padded by copies of the first frame (causal: two in front; else one at
/// each end), height and width by the spatial mode. Keys: <c>conv.weight</c>, <c>conv.bias</c>. (B, C, F, H, W).
/// </summary>
public sealed class CausalConv3d : nn.Module<Tensor, Tensor>
{
    private const int Kernel = 3;

    private readonly TensorKernels _kernels;
    private readonly VaePadding _padding;
    private readonly Tensor weight;
    private readonly Tensor bias;

    /// <summary>Takes the weights from <paramref name="scope"/>.</summary>
    public CausalConv3d(WeightScope scope, long inChannels, long outChannels, VaePadding padding)
        : base(nameof(CausalConv3d))
    {
        _kernels = scope.Compute.Kernels;
        _padding = padding;
        weight = scope.Weight("conv.weight", outChannels, inChannels, Kernel, Kernel, Kernel);
        bias = scope.Weight("conv.bias", outChannels);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Forward(input, prepare: null);

    /// <summary>
    /// The convolution of what <paramref name="prepare"/> makes of the input: a norm and an activation, which treat each frame for itself.
    /// </summary>
    public Tensor Forward(Tensor input, Func<Tensor, Tensor>? prepare)
    {
        using var scope = TensorScope.Open();
        var padded = _padding.Causal
            ? _kernels.PadVolume(input, Kernel - 1, 0, _padding.Spatial, prepare)
            : _kernels.PadVolume(input, 1, 1, _padding.Spatial, prepare);
        return _kernels.Conv3d(padded, weight, bias).MoveToOuterDisposeScope();
    }
}

/// <summary>How an encoder or decoder pads its convolutions.</summary>
/// <param name="Causal">Whether a frame sees only earlier ones.</param>
/// <param name="Spatial">Padding of height and width.</param>
public sealed record VaePadding(bool Causal, PaddingMode Spatial);
