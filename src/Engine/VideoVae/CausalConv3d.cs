using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>
/// The video VAE's 3 x 3 x 3 convolution over (B, C, F, H, W). Time is padded by replicating edge frames (causal: two in front;
/// otherwise one at each end), height and width by the spatial mode. Keys: <c>conv.weight</c>, <c>conv.bias</c>.
/// </summary>
public sealed class CausalConv3d : nn.Module<Tensor, Tensor>
{
    private const int Kernel = 3;

    private readonly TensorKernels _kernels;
    private readonly VaePadding _padding;
    private readonly Tensor weight;
    private readonly Tensor bias;

    /// <summary>Reads the weights from <paramref name="scope"/>.</summary>
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
    /// Applies <paramref name="prepare"/> (a norm and an activation, which act on each frame independently), then convolves.
    /// </summary>
    /// <param name="disposesInput">Whether to dispose the input as soon as its padded copy exists.</param>
    public Tensor Forward(Tensor input, Func<Tensor, Tensor>? prepare, bool disposesInput = false)
    {
        using var scope = TensorScope.Open();
        var padded = _padding.Causal
            ? _kernels.PadVolume(input, Kernel - 1, 0, _padding.Spatial, prepare)
            : _kernels.PadVolume(input, 1, 1, _padding.Spatial, prepare);
        if (disposesInput)
            input.Dispose();
        return _kernels.Conv3d(padded, weight, bias).MoveToOuterDisposeScope();
    }
}

/// <summary>Padding of an encoder's or decoder's convolutions.</summary>
/// <param name="Causal">Whether a frame depends only on itself and earlier frames.</param>
/// <param name="Spatial">Padding mode of height and width.</param>
public sealed record VaePadding(bool Causal, PaddingMode Spatial);
