using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.VideoVae;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Upsampling;

/// <summary>Applies an image operation on (N, C, H, W) to every frame of (B, C, F, H, W).</summary>
internal static class PerFrame
{
    public static Tensor Apply(Tensor video, Func<Tensor, Tensor> onPictures)
    {
        using var scope = TensorScope.Open();
        var (batch, frames) = (video.shape[0], video.shape[2]);
        var pictures = onPictures(video.transpose(1, 2).flatten(0, 1));
        return pictures.view(batch, frames, pictures.shape[1], pictures.shape[2], pictures.shape[3]).transpose(1, 2).contiguous()
            .MoveToOuterDisposeScope();
    }
}

/// <summary>Convolution, pixel shuffle and a strided depthwise binomial blur. Keys: <c>conv.*, blur_down.kernel</c>.</summary>
internal sealed class RationalResampler : nn.Module<Tensor, Tensor>
{
    private readonly long _shuffle;
    private readonly long _blurStride;
    private readonly Tensor weight;
    private readonly Tensor bias;
    private readonly Tensor kernel;

    public RationalResampler(WeightScope scope, long channels, long shuffle, long blurStride)
        : base(nameof(RationalResampler))
    {
        (_shuffle, _blurStride) = (shuffle, blurStride);
        weight = scope.Weight("conv.weight", channels * shuffle * shuffle, channels, 3, 3);
        bias = scope.Weight("conv.bias", channels * shuffle * shuffle);
        kernel = scope.Weight("blur_down.kernel", 1, 1, 5, 5);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => PerFrame.Apply(input, pictures =>
    {
        var larger = F.pixel_shuffle(Convolution.Conv2d(pictures, weight, bias, padding: 1), _shuffle);
        return _blurStride == 1 ? larger : Blur(larger, kernel, _blurStride); // the reference skips the blur at stride 1
    });

    /// <summary>Blurs each channel of (N, C, H, W) with a kernel (1, 1, 5, 5) and keeps every n-th row and column.</summary>
    internal static Tensor Blur(Tensor pictures, Tensor kernel, long stride)
    {
        using var scope = TensorScope.Open();
        var channels = pictures.shape[1];
        return Convolution.Conv2d(pictures, kernel.expand(channels, 1, 5, 5).contiguous(), bias: null, stride: stride, padding: 2,
            groups: channels).MoveToOuterDisposeScope();
    }
}

/// <summary>Convolution and pixel shuffle by two. Keys: <c>weight, bias</c>.</summary>
internal sealed class SpaceDoubler : nn.Module<Tensor, Tensor>
{
    private readonly Tensor weight;
    private readonly Tensor bias;

    public SpaceDoubler(WeightScope scope, long channels)
        : base(nameof(SpaceDoubler))
    {
        weight = scope.Weight("weight", channels * 4, channels, 3, 3);
        bias = scope.Weight("bias", channels * 4);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) =>
        PerFrame.Apply(input, pictures => F.pixel_shuffle(Convolution.Conv2d(pictures, weight, bias, padding: 1), 2));
}

/// <summary>Convolution to twice the channels, unfolded over time; the first frame is dropped. Keys: <c>weight, bias</c>.</summary>
internal sealed class TimeDoubler : nn.Module<Tensor, Tensor>
{
    private readonly ZeroPaddedConv3d conv;

    public TimeDoubler(WeightScope scope, long channels)
        : base(nameof(TimeDoubler))
    {
        conv = new ZeroPaddedConv3d(scope, channels, channels * 2);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = TensorScope.Open();
        var unfolded = ChannelShuffle.DepthToSpace(conv.forward(input), new Stride3d(2, 1, 1));
        return unfolded.narrow(2, 1, unfolded.shape[2] - 1).contiguous().MoveToOuterDisposeScope();
    }
}
