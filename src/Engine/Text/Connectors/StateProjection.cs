using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Connectors;

/// <summary>
/// One matrix over all hidden states, applied state by state: the full product (188 160 wide) would require all states at once, and Metal
/// computes it incorrectly. Keys: <c>weight</c> (W, D·L), flat index d·L + l, and <c>bias</c> (W).
/// </summary>
internal sealed class StateProjection : nn.Module
{
    private readonly TensorKernels _kernels;
    private readonly FeatureConfig _config;
    private readonly double _gain;
    private readonly Tensor weight;
    private readonly Tensor? bias;

    /// <summary>Reads the weights from <paramref name="scope"/>.</summary>
    /// <param name="config">Width and number of the states.</param>
    /// <param name="width">Width W of the features.</param>
    /// <param name="gain">Factor on the states.</param>
    public StateProjection(WeightScope scope, FeatureConfig config, long width, double gain, bool hasBias)
        : base(nameof(StateProjection))
    {
        _kernels = scope.Compute.Kernels;
        (_config, _gain) = (config, gain);
        weight = scope.Weight("weight", width, config.HiddenSize * config.States);
        bias = hasBias ? scope.Weight("bias", width) : null;
        RegisterComponents();
    }

    /// <summary>Returns the contribution (B, S, W), float32, of one normed state (B, S, D).</summary>
    public Tensor Contribution(int index, Tensor normed)
    {
        using var scope = TensorScope.Open();
        var slice = weight.view(weight.shape[0], _config.HiddenSize, _config.States).select(2, index).contiguous();
        return _kernels.Linear(normed * _gain, slice, null).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the features (B, S, W) from the sum of all contributions, in the compute dtype.</summary>
    public Tensor Finish(Tensor sum)
    {
        using var scope = TensorScope.Open();
        var whole = bias is null ? sum.alias() : sum + bias;
        return whole.to(weight.dtype).MoveToOuterDisposeScope();
    }
}
