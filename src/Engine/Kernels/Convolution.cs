using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Kernels;

/// <summary>libtorch's 2-D and 3-D convolutions, with inputs in a memory layout that gives correct results.</summary>
/// <remarks>
/// oneDNN 3.7 (libtorch 2.10) rearranges channels into blocks of 16. If a channel count is not a multiple of 16, the rearrangement is
/// wrong on some processors: errors of 0.1 to 0.7 of the result were measured on AMD Zen 5, in bfloat16 and, for 2-D convolutions, in
/// float32 too. With channels last in memory, nothing is rearranged. Of the released models' layers, only the encoder's last one (129
/// channels) is affected. Metal silently miscomputes strided inputs and weights (pytorch#169342, #192212), so both are made contiguous.
/// </remarks>
internal static class Convolution
{
    private const long ChannelBlock = 16;

    /// <summary>2-D convolution without dilation.</summary>
    /// <param name="input">(N, C, H, W)</param>
    /// <param name="weight">(O, C / groups, kh, kw)</param>
    /// <param name="bias">(O) or null.</param>
    /// <param name="stride">Stride of both axes.</param>
    /// <param name="padding">Zeros on every side.</param>
    /// <param name="groups">Number of independent channel groups.</param>
    /// <returns>(N, O, H', W'), contiguous.</returns>
    public static Tensor Conv2d(Tensor input, Tensor weight, Tensor? bias, long stride = 1, long padding = 0, long groups = 1)
    {
        using var scope = TensorScope.Open();
        return DeviceOperations.Conv2d(input.contiguous(), weight.contiguous(), bias, stride, padding, groups).contiguous()
            .MoveToOuterDisposeScope();
    }

    /// <summary>3-D convolution without padding, stride 1, no dilation. Not for Metal.</summary>
    /// <param name="input">(B, C, F, H, W)</param>
    /// <param name="weight">(O, C, kf, kh, kw)</param>
    /// <param name="bias">(O) or null.</param>
    /// <returns>(B, O, F', H', W'), contiguous.</returns>
    public static Tensor Conv3d(Tensor input, Tensor weight, Tensor? bias)
    {
        using var scope = TensorScope.Open();
        var laidOut = NeedsChannelsLast(input, weight) ? input.permute(0, 2, 3, 4, 1).contiguous().permute(0, 4, 1, 2, 3) : input;
        return F.conv3d(laidOut, weight, bias).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Returns an image input (N, C, H, W) in the layout that its device computes correctly.</summary>
    internal static Tensor LaidOut(Tensor input, Tensor weight) =>
        NeedsChannelsLast(input, weight) ? input.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : input;

    private static bool NeedsChannelsLast(Tensor input, Tensor weight) =>
        input.device.type == DeviceType.CPU && (input.shape[1] % ChannelBlock != 0 || weight.shape[0] % ChannelBlock != 0);
}
