using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.AudioVae;

/// <summary>
/// Causal 2-D convolution over (time, mel): zero padding before the first axis and on both sides of the second. Keys: <c>weight</c>
/// (out, in, k, k), <c>bias</c>.
/// </summary>
internal sealed class AudioConv2d : nn.Module<Tensor, Tensor>
{
    private readonly TensorKernels _kernels;
    private readonly long _kernelSize;
    private readonly long _stride;
    private readonly Tensor weight;
    private readonly Tensor bias;

    /// <param name="kernelSize">3, or 1 for a pointwise mix of channels.</param>
    /// <param name="stride">1, or 2 to halve both axes.</param>
    public AudioConv2d(WeightScope scope, long inChannels, long outChannels, long kernelSize = 3, long stride = 1)
        : base(nameof(AudioConv2d))
    {
        (_kernels, _kernelSize, _stride) = (scope.Compute.Kernels, kernelSize, stride);
        weight = scope.Weight("weight", outChannels, inChannels, kernelSize, kernelSize);
        bias = scope.Weight("bias", outChannels);
        RegisterComponents();
    }

    /// <summary>Maps (B, C, T, mel) to (B, O, T, mel), or to half of both axes, rounded up, with stride 2.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = TensorScope.Open();
        var padding = _kernelSize - 1;
        var padded = input;
        if (padding > 0)
        {
            padded = _kernels.Pad(padded, 2, padding, 0, PaddingMode.Zeros);
            // A strided convolution pads the mel axis only at the end.
            padded = _stride == 1
                ? _kernels.Pad(padded, 3, padding / 2, padding / 2, PaddingMode.Zeros)
                : _kernels.Pad(padded, 3, 0, padding / 2, PaddingMode.Zeros);
        }

        return Convolution.Conv2d(padded, weight, bias, _stride).MoveToOuterDisposeScope();
    }
}
