using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;
using Linear = MlxVideo.Engine.Layers.Linear;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>A layer's inputs other than the hidden states.</summary>
/// <param name="Rotation">Rotations of the new tokens' positions.</param>
/// <param name="Mask">Additive, (B, 1, S, keys): visibility of the kept and new keys to the new tokens.</param>
/// <param name="Kept">Keys and values of earlier tokens, extended by the new ones; null when nothing is kept.</param>
internal sealed record GemmaLayerInputs(RotaryTable Rotation, Tensor Mask, KeyValueCache? Kept = null);

/// <summary>
/// One layer: norm, attention, norm, add; norm, feed-forward, norm, add. Keys: <c>self_attn, mlp, input_layernorm,
/// post_attention_layernorm, pre_feedforward_layernorm, post_feedforward_layernorm</c>. Preserves the shape (B, S, hidden).
/// </summary>
internal sealed class GemmaLayer : nn.Module
{
    private readonly double _epsilon;
    private readonly TensorKernels _kernels;
    private readonly GemmaAttention self_attn;
    private readonly Linear gate_proj;
    private readonly Linear up_proj;
    private readonly Linear down_proj;
    private readonly Tensor input_layernorm;
    private readonly Tensor post_attention_layernorm;
    private readonly Tensor pre_feedforward_layernorm;
    private readonly Tensor post_feedforward_layernorm;

    public GemmaLayer(WeightScope scope, GemmaConfig config)
        : base(nameof(GemmaLayer))
    {
        (_epsilon, _kernels) = (config.NormEpsilon, scope.Compute.Kernels);
        self_attn = new GemmaAttention(scope.Sub("self_attn"), config);
        gate_proj = new Linear(scope.Sub("mlp.gate_proj"), config.HiddenSize, config.IntermediateSize, hasBias: false);
        up_proj = new Linear(scope.Sub("mlp.up_proj"), config.HiddenSize, config.IntermediateSize, hasBias: false);
        down_proj = new Linear(scope.Sub("mlp.down_proj"), config.IntermediateSize, config.HiddenSize, hasBias: false);
        input_layernorm = scope.Weight("input_layernorm.weight", config.HiddenSize);
        post_attention_layernorm = scope.Weight("post_attention_layernorm.weight", config.HiddenSize);
        pre_feedforward_layernorm = scope.Weight("pre_feedforward_layernorm.weight", config.HiddenSize);
        post_feedforward_layernorm = scope.Weight("post_feedforward_layernorm.weight", config.HiddenSize);
        RegisterComponents();
    }

    public Tensor Forward(Tensor x, GemmaLayerInputs inputs)
    {
        using var scope = TensorScope.Open();
        var attended = self_attn.Forward(GemmaNorm.Apply(_kernels, x, input_layernorm, _epsilon), inputs);
        x = x + GemmaNorm.Apply(_kernels, attended, post_attention_layernorm, _epsilon);
        var hidden = GemmaNorm.Apply(_kernels, x, pre_feedforward_layernorm, _epsilon);
        hidden = down_proj.forward(Gelu.Tanh(gate_proj.forward(hidden)) * up_proj.forward(hidden));
        return (x + GemmaNorm.Apply(_kernels, hidden, post_feedforward_layernorm, _epsilon)).MoveToOuterDisposeScope();
    }
}
