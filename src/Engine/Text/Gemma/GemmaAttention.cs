using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;
using Linear = MlxVideo.Engine.Layers.Linear;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>
/// Grouped-query attention with per-head norms of queries and keys before the rotation. Keys: <c>q_proj, k_proj, v_proj, o_proj,
/// q_norm, k_norm</c>; no biases.
/// </summary>
internal sealed class GemmaAttention : nn.Module
{
    private readonly GemmaConfig _config;
    private readonly TensorKernels _kernels;
    private readonly Linear q_proj;
    private readonly Linear k_proj;
    private readonly Linear v_proj;
    private readonly Linear o_proj;
    private readonly Tensor q_norm;
    private readonly Tensor k_norm;

    public GemmaAttention(WeightScope scope, GemmaConfig config)
        : base(nameof(GemmaAttention))
    {
        _config = config;
        _kernels = scope.Compute.Kernels;
        var (queries, keys) = (config.Heads * config.HeadDim, config.KeyValueHeads * config.HeadDim);
        q_proj = new Linear(scope.Sub("q_proj"), config.HiddenSize, queries, hasBias: false);
        k_proj = new Linear(scope.Sub("k_proj"), config.HiddenSize, keys, hasBias: false);
        v_proj = new Linear(scope.Sub("v_proj"), config.HiddenSize, keys, hasBias: false);
        o_proj = new Linear(scope.Sub("o_proj"), queries, config.HiddenSize, hasBias: false);
        q_norm = scope.Weight("q_norm.weight", config.HeadDim);
        k_norm = scope.Weight("k_norm.weight", config.HeadDim);
        RegisterComponents();
    }

    /// <summary>(B, S, hidden) to (B, S, hidden).</summary>
    public Tensor Forward(Tensor x, GemmaLayerInputs inputs)
    {
        using var scope = TensorScope.Open();
        var query =
            RotaryEmbedding.Apply(GemmaNorm.Apply(_kernels, Heads(q_proj.forward(x)), q_norm, _config.NormEpsilon), inputs.Rotation);
        var key = RotaryEmbedding.Apply(GemmaNorm.Apply(_kernels, Heads(k_proj.forward(x)), k_norm, _config.NormEpsilon), inputs.Rotation);
        var value = Heads(v_proj.forward(x));
        if (inputs.Kept is not null)
            (key, value) = inputs.Kept.Append(key, value);
        var groups = _config.Heads / _config.KeyValueHeads;
        var attended = _kernels.Attention(
            query, key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1), inputs.Mask, 1 / Math.Sqrt(_config.QueryScalar));
        return o_proj.forward(attended.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    private Tensor Heads(Tensor x) => x.view(x.shape[0], x.shape[1], -1, _config.HeadDim).transpose(1, 2).contiguous();
}
