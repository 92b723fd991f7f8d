using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Kernels;

/// <summary>libtorch's convolutions of pictures and volumes, given their input in a memory layout in which they are right.</summary>
/// <remarks>
/// oneDNN 3.7 (libtorch 2.10) rearranges channels into blocks of 16; where a count is no multiple of it, the rearrangement
/// is wrong on some processors: errors of 0.1 to 0.7 of the result were measured on AMD Zen 5, in bfloat16 and for pictures in
/// float32 too. With the channels last in memory nothing is rearranged. Of the released models' layers only the encoder's
/// last one (129 channels) is concerned.
/// </remarks>
internal static class Convolution
{
    private const long ChannelBlock = 16;

    /// <summary>2-D convolution without dilation.</summary>
    /// <param name="input">(N, C, H, W)</param>
    /// <param name="weight">(O, C / groups, kh, kw)</param>
    /// <param name="bias">(O) or null.</param>
    /// <param name="stride">Of both axes.</param>
    /// <param name="padding">Zeros on every side.</param>
    /// <param name="groups">Groups of channels that do not see each other.</param>
    /// <returns>(N, O, H', W'), contiguous.</returns>
    public static Tensor Pictures(Tensor input, Tensor weight, Tensor? bias, long stride = 1, long padding = 0, long groups = 1)
    {
        using var scope = TensorScope.Open();
        var laidOut = NeedsChannelsLast(input, weight) ? input.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : input;
        return F.conv2d(laidOut, weight, bias, strides: [stride, stride], padding: [padding, padding], groups: groups).contiguous()
            .MoveToOuterDisposeScope();
    }

    /// <summary>3-D convolution without padding, stride 1, no dilation. Not for Metal.</summary>
    /// <param name="input">(B, C, F, H, W)</param>
    /// <param name="weight">(O, C, kf, kh, kw)</param>
    /// <param name="bias">(O) or null.</param>
    /// <returns>(B, O, F', H', W'), contiguous.</returns>
    public static Tensor Volumes(Tensor input, Tensor weight, Tensor? bias)
    {
        using var scope = TensorScope.Open();
        var laidOut = NeedsChannelsLast(input, weight) ? input.permute(0, 2, 3, 4, 1).contiguous().permute(0, 4, 1, 2, 3) : input;
        return F.conv3d(laidOut, weight, bias).contiguous().MoveToOuterDisposeScope();
    }

    private static bool NeedsChannelsLast(Tensor input, Tensor weight) =>
        input.device.type == DeviceType.CPU && (input.shape[1] % ChannelBlock != 0 || weight.shape[0] % ChannelBlock != 0);
}
