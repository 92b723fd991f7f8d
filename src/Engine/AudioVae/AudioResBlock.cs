using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.VideoVae;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.AudioVae;

/// <summary>
/// Residual block: two convolutions, each preceded by pixel norm and SiLU, added to the input. Keys: <c>conv1.conv, conv2.conv</c>, and
/// <c>nin_shortcut.conv</c> where the width changes.
/// </summary>
internal sealed class AudioResBlock : nn.Module<Tensor, Tensor>
{
    private readonly AudioConv2d conv1;
    private readonly AudioConv2d conv2;
    private readonly AudioConv2d? nin_shortcut;

    public AudioResBlock(WeightScope scope, long inChannels, long outChannels)
        : base(nameof(AudioResBlock))
    {
        conv1 = new AudioConv2d(scope.Sub("conv1.conv"), inChannels, outChannels);
        conv2 = new AudioConv2d(scope.Sub("conv2.conv"), outChannels, outChannels);
        nin_shortcut = inChannels == outChannels
            ? null
            : new AudioConv2d(scope.Sub("nin_shortcut.conv"), inChannels, outChannels, kernelSize: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = TensorScope.Open();
        var hidden = conv1.forward(Activate(input));
        hidden = conv2.forward(Activate(hidden));
        var shortcut = nin_shortcut is null ? input : nin_shortcut.forward(input);
        return (shortcut + hidden).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Applies the pixel norm and SiLU that precede every convolution but the first; the epsilon differs from the video VAE's.
    /// </summary>
    public static Tensor Activate(Tensor input)
    {
        using var scope = TensorScope.Open();
        return F.silu(PixelNorm.Apply(input, PixelNorm.AudioEpsilon)).MoveToOuterDisposeScope();
    }
}
