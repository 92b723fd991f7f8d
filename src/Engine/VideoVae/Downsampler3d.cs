using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>
/// The encoder's downsampling block (<c>compress_*_res</c>): convolution and space-to-depth, plus a skip connection that folds the
/// input likewise and averages groups of consecutive channels. A time stride of 2 duplicates the first frame beforehand. Key:
/// <c>conv</c>.
/// </summary>
public sealed class Downsampler3d : nn.Module<Tensor, Tensor>
{
    private readonly TensorKernels _kernels;
    private readonly Stride3d _stride;
    private readonly long _outChannels;
    private readonly CausalConv3d conv;

    /// <summary>Reads the weights from <paramref name="scope"/>.</summary>
    public Downsampler3d(WeightScope scope, long channels, long outChannels, Stride3d stride, VaePadding padding)
        : base(nameof(Downsampler3d))
    {
        _kernels = scope.Compute.Kernels;
        _stride = stride;
        _outChannels = outChannels;
        conv = new CausalConv3d(scope.Sub("conv"), channels, outChannels / stride.Volume, padding);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = TensorScope.Open();
        var x = _stride.Time == 2 ? _kernels.Pad(input, 2, 1, 0, PaddingMode.Replicate) : input;
        var folded = ChannelShuffle.SpaceToDepth(x, _stride);
        var group = folded.shape[1] / _outChannels;
        var skip = folded.view(folded.shape[0], _outChannels, group, folded.shape[2], folded.shape[3], folded.shape[4]).mean([2]);
        return (ChannelShuffle.SpaceToDepth(conv.forward(x), _stride) + skip).MoveToOuterDisposeScope();
    }
}
