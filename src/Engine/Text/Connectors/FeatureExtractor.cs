using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Connectors;

/// <summary>
/// LTX-2.0's features of a prompt: every hidden state normed over its valid tokens and channels, all of them projected
/// by one matrix. Taken state by state as a sum of slices, so that none must be kept: the whole product (188 160 wide)
/// is also what Metal computes wrongly. Key: <c>aggregate_embed.weight</c> (D, D·L), flat index d·L + l.
/// </summary>
public sealed class FeatureExtractor : nn.Module
{
    /// <summary>Where it lies in a single-file checkpoint.</summary>
    public const string KeyPrefix = "text_embedding_projection";

    private const double Epsilon = 1e-6;
    private const double Gain = 8;

    private readonly TensorKernels _kernels;
    private readonly long _width;
    private readonly int _states;
    private readonly Tensor aggregate_embed;

    /// <summary>Takes the weights from <paramref name="scope"/>, which stands at <see cref="KeyPrefix"/>.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="width">Width of hidden states and features.</param>
    /// <param name="states">Hidden states: layers + 1.</param>
    public FeatureExtractor(WeightScope scope, long width, int states)
        : base(nameof(FeatureExtractor))
    {
        _kernels = scope.Compute.Kernels;
        (_width, _states) = (width, states);
        aggregate_embed = scope.Weight("aggregate_embed.weight", width, width * states);
        RegisterComponents();
    }

    /// <summary>What one hidden state adds to the features: (B, S, D); zero for padding.</summary>
    /// <param name="index">Which state.</param>
    /// <param name="hiddenState">(B, S, D)</param>
    /// <param name="mask">(B, S): 1 for tokens, 0 for padding.</param>
    public Tensor Contribution(int index, Tensor hiddenState, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var slice = aggregate_embed.view(_width, _width, _states).select(2, index).contiguous();
        return _kernels.Linear(Normalize(hiddenState, mask), slice, null).MoveToOuterDisposeScope();
    }

    /// <summary>8·(x − mean)/(max − min + ε) per sample over valid tokens and channels.</summary>
    private static Tensor Normalize(Tensor hiddenState, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var valid = mask.to(hiddenState.device).ne(0).unsqueeze(-1);
        var x = hiddenState.to(ScalarType.Float32);
        var invalid = valid.logical_not();
        var count = valid.sum([1, 2], keepdim: true).to(ScalarType.Float32) * x.shape[2];
        var mean = x.masked_fill(invalid, 0).sum([1, 2], keepdim: true) / (count + Epsilon);
        var low = x.masked_fill(invalid, float.PositiveInfinity).amin([1, 2], keepdim: true);
        var high = x.masked_fill(invalid, float.NegativeInfinity).amax([1, 2], keepdim: true);
        var normed = (x - mean) * Gain / (high - low + Epsilon);
        return normed.masked_fill(invalid, 0).to(hiddenState.dtype).MoveToOuterDisposeScope();
    }
}
