using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Vocoders;

/// <summary>Length-preserving 1-D convolution, zero-padded. Keys: <c>weight</c> (out, in, k), <c>bias</c>.</summary>
internal sealed class WaveConv1d : nn.Module<Tensor, Tensor>
{
    private readonly long _dilation;
    private readonly long _padding;
    private readonly Tensor weight;
    private readonly Tensor? bias;

    public WaveConv1d(WeightScope scope, long inChannels, long outChannels, long kernelSize, long dilation = 1, bool hasBias = true)
        : base(nameof(WaveConv1d))
    {
        (_dilation, _padding) = (dilation, dilation * (kernelSize - 1) / 2);
        weight = scope.Weight("weight", outChannels, inChannels, kernelSize);
        bias = hasBias ? scope.Weight("bias", outChannels) : null;
        RegisterComponents();
    }

    /// <summary>(B, C, N) to (B, O, N).</summary>
    public override Tensor forward(Tensor input) => F.conv1d(input, weight, bias, padding: _padding, dilation: _dilation);
}

/// <summary>Transposed 1-D convolution that multiplies the length by its stride. Keys: <c>weight</c> (in, out, k), <c>bias</c>.</summary>
internal sealed class WaveUpsampler : nn.Module<Tensor, Tensor>
{
    private readonly long _rate;
    private readonly long _padding;
    private readonly Tensor weight;
    private readonly Tensor bias;

    public WaveUpsampler(WeightScope scope, long inChannels, long outChannels, long kernelSize, long rate)
        : base(nameof(WaveUpsampler))
    {
        (_rate, _padding) = (rate, (kernelSize - rate) / 2);
        weight = scope.Weight("weight", inChannels, outChannels, kernelSize);
        bias = scope.Weight("bias", outChannels);
        RegisterComponents();
    }

    /// <summary>(B, C, N) to (B, O, rate · N).</summary>
    public override Tensor forward(Tensor input) => F.conv_transpose1d(input, weight, bias, stride: _rate, padding: _padding);
}
