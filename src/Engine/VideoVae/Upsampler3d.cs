using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>
/// The decoder's upsampling block: a convolution to stride volume × output channels, then depth-to-space. A time stride of 2 drops the
/// first output frame (F to 2F − 1). Key: <c>conv</c>.
/// </summary>
public sealed class Upsampler3d : nn.Module<Tensor, Tensor>
{
    private readonly Stride3d _stride;
    private readonly bool _residual;
    private readonly long _repeats;
    private readonly CausalConv3d conv;

    /// <summary>Reads the weights from <paramref name="scope"/>.</summary>
    /// <param name="scope">Positioned at the block.</param>
    /// <param name="channels">Input channels.</param>
    /// <param name="multiplier">Ratio of input to output channels.</param>
    /// <param name="stride">Frames, rows and columns that one position unfolds into.</param>
    /// <param name="residual">Whether to add the input itself, depth-to-space and tiled along the channels (LTX-2.0).</param>
    public Upsampler3d(WeightScope scope, long channels, long multiplier, Stride3d stride, bool residual, VaePadding padding)
        : base(nameof(Upsampler3d))
    {
        _stride = stride;
        _residual = residual;
        _repeats = stride.Volume / multiplier;
        conv = new CausalConv3d(scope.Sub("conv"), channels, channels * stride.Volume / multiplier, padding);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = TensorScope.Open();
        var convolved = conv.forward(input);
        var result = Unfold(convolved);
        convolved.Dispose(); // the decoder's largest tensor
        if (_residual)
            AddTiled(result, Unfold(input));
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Adds <paramref name="x"/>, repeated along the channels.</summary>
    private void AddTiled(Tensor sum, Tensor x)
    {
        var width = x.shape[1];
        for (long repeat = 0; repeat < _repeats; repeat++)
            sum.narrow(1, repeat * width, width).add_(x);
    }

    private Tensor Unfold(Tensor x)
    {
        var unfolded = ChannelShuffle.DepthToSpace(x, _stride);
        return _stride.Time == 2 ? unfolded.narrow(2, 1, unfolded.shape[2] - 1) : unfolded;
    }
}
