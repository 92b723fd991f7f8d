using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Vocoders;

/// <summary>
/// x + sin²(αx) / β, computed at twice the rate to filter out added content above the highest frequency
/// (docs/reference/vae.md, section 6). Keys: <c>act.alpha, act.beta</c> (C), stored as logarithms, and the low-pass filters
/// <c>upsample.filter, downsample.lowpass.filter</c> (1, 1, 12).
/// </summary>
internal sealed class AntiAliasedSnake : nn.Module<Tensor, Tensor>
{
    private const long Taps = 12;
    private const long Rate = 2;
    private const long PaddingBefore = 5;
    private const long UpsampledCrop = 15;
    private const double SmallestBeta = 1e-9;

    private readonly TensorKernels _kernels;
    private readonly Tensor alpha;
    private readonly Tensor beta;
    private readonly Tensor upsampleFilter;
    private readonly Tensor downsampleFilter;

    public AntiAliasedSnake(WeightScope scope, long channels)
        : base(nameof(AntiAliasedSnake))
    {
        _kernels = scope.Compute.Kernels;
        alpha = scope.Weight("act.alpha", channels);
        beta = scope.Weight("act.beta", channels);
        upsampleFilter = scope.Weight("upsample.filter", 1, 1, Taps);
        downsampleFilter = scope.Weight("downsample.lowpass.filter", 1, 1, Taps);
        RegisterComponents();
    }

    /// <summary>(B, C, N) to (B, C, N).</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = TensorScope.Open();
        return Downsample(Activate(Upsample(input))).MoveToOuterDisposeScope();
    }

    /// <summary>(B, C, N) to (B, C, 2N).</summary>
    internal Tensor Upsample(Tensor input)
    {
        using var scope = TensorScope.Open();
        var (batch, channels, length) = (input.shape[0], input.shape[1], input.shape[2]);
        // One filter serves all channels: folding them into the batch dimension avoids a grouped convolution.
        var padded = _kernels.Pad(input.reshape(batch * channels, 1, length), 2, PaddingBefore, PaddingBefore, PaddingMode.Replicate);
        var doubled = F.conv_transpose1d(padded, upsampleFilter, stride: Rate) * Rate;
        return doubled.narrow(2, UpsampledCrop, doubled.shape[2] - 2 * UpsampledCrop).reshape(batch, channels, Rate * length)
            .MoveToOuterDisposeScope();
    }

    /// <summary>x + sin²(αx) / β.</summary>
    internal Tensor Activate(Tensor input)
    {
        using var scope = TensorScope.Open();
        var wave = (input * PerChannel(alpha.exp())).sin().square();
        return (input + wave / (PerChannel(beta.exp()) + SmallestBeta)).MoveToOuterDisposeScope();
    }

    /// <summary>(B, C, N) to (B, C, ⌈N / 2⌉).</summary>
    internal Tensor Downsample(Tensor input)
    {
        using var scope = TensorScope.Open();
        var (batch, channels, length) = (input.shape[0], input.shape[1], input.shape[2]);
        var padded = _kernels.Pad(input.reshape(batch * channels, 1, length), 2, PaddingBefore, PaddingBefore + 1, PaddingMode.Replicate);
        return F.conv1d(padded, downsampleFilter, stride: Rate).reshape(batch, channels, -1).MoveToOuterDisposeScope();
    }

    private static Tensor PerChannel(Tensor values) => values.view(1, -1, 1);
}
