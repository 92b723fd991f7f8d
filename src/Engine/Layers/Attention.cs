using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Layers;

/// <summary>Dimensions of an <see cref="Attention"/>.</summary>
/// <param name="QueryDim">Width of the query input and of the output.</param>
/// <param name="ContextDim">Width of the key and value input.</param>
/// <param name="HeadDim">Width of a head.</param>
/// <param name="NormEpsilon">Epsilon of the query and key norms.</param>
/// <param name="Gated">Per-head gates 2·sigmoid(to_gate_logits(x)) (LTX-2.3).</param>
public sealed record AttentionSize(long QueryDim, long ContextDim, long Heads, long HeadDim, double NormEpsilon, bool Gated = false)
{
    /// <summary>heads × head_dim.</summary>
    public long InnerDim => Heads * HeadDim;
}

/// <summary>
/// LTX-2's attention, used in the transformer and in the text connectors: biases in all projections, and RMS norms of queries and keys
/// over the whole inner width before the heads are split. Keys: <c>to_q, to_k, to_v, to_out.0, q_norm, k_norm, to_gate_logits</c>.
/// </summary>
public sealed class Attention : nn.Module
{
    private readonly AttentionSize _size;
    private readonly TensorKernels _kernels;
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly Linear to_out;
    private readonly Linear? to_gate_logits;
    private readonly Tensor q_norm;
    private readonly Tensor k_norm;

    /// <summary>Reads the weights from <paramref name="scope"/>.</summary>
    public Attention(WeightScope scope, AttentionSize size)
        : base(nameof(Attention))
    {
        _size = size;
        _kernels = scope.Compute.Kernels;
        to_q = new Linear(scope.Sub("to_q"), size.QueryDim, size.InnerDim);
        to_k = new Linear(scope.Sub("to_k"), size.ContextDim, size.InnerDim);
        to_v = new Linear(scope.Sub("to_v"), size.ContextDim, size.InnerDim);
        to_out = new Linear(scope.Sub("to_out.0"), size.InnerDim, size.QueryDim);
        to_gate_logits = size.Gated ? new Linear(scope.Sub("to_gate_logits"), size.QueryDim, size.Heads) : null;
        q_norm = scope.Weight("q_norm.weight", size.InnerDim);
        k_norm = scope.Weight("k_norm.weight", size.InnerDim);
        RegisterComponents();
    }

    /// <summary>Computes the attention.</summary>
    /// <param name="x">(B, Tq, QueryDim): the query input.</param>
    /// <param name="context">(B, Tk, ContextDim): the key and value input; <paramref name="x"/> itself for self-attention.</param>
    /// <param name="mask">Additive, in the compute dtype, broadcastable to (B, heads, Tq, Tk).</param>
    /// <param name="skipped">
    /// Samples for which the values replace the attention result (spatio-temporal guidance, docs/reference/transformer.md, fact 18);
    /// requires Tq = Tk.
    /// </param>
    /// <returns>(B, Tq, QueryDim)</returns>
    public Tensor Forward(
        Tensor x,
        Tensor context,
        Tensor? mask = null,
        RotaryTable? queryRotation = null,
        RotaryTable? keyRotation = null,
        SkippedSamples? skipped = null)
    {
        using var scope = TensorScope.Open();
        var values = to_v.forward(context);
        var attended = values;
        if (skipped is not { All: true })
            attended = Attend(x, context, values, mask, queryRotation, keyRotation);
        if (skipped is { All: false })
        {
            var keep = skipped.KeepMask(attended.dtype, attended.device);
            attended = attended * keep + values * (1 - keep);
        }

        if (to_gate_logits is not null)
            attended = Gate(attended, to_gate_logits.forward(x));
        return to_out.forward(attended).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor x, Tensor context, Tensor values, Tensor? mask, RotaryTable? queryRotation, RotaryTable? keyRotation)
    {
        using var scope = TensorScope.Open();
        var query = Heads(_kernels.RmsNorm(to_q.forward(x), _size.NormEpsilon, q_norm), queryRotation);
        var key = Heads(_kernels.RmsNorm(to_k.forward(context), _size.NormEpsilon, k_norm), keyRotation);
        var attended = _kernels.Attention(query, key, Heads(values, null), mask, 1 / Math.Sqrt(_size.HeadDim));
        return attended.transpose(1, 2).flatten(2).MoveToOuterDisposeScope();
    }

    /// <summary>Maps (B, T, inner) to (B, heads, T, head_dim), contiguous, and rotates it if a rotation is given.</summary>
    private Tensor Heads(Tensor x, RotaryTable? rotation) =>
        rotation is null ? RotaryTable.SplitHeads(x, _size.Heads).contiguous() : rotation.Rotate(x, _size.Heads);

    private Tensor Gate(Tensor attended, Tensor logits)
    {
        using var scope = TensorScope.Open();
        var gates = (sigmoid(logits) * 2).unsqueeze(-1);
        var heads = attended.view(attended.shape[0], attended.shape[1], _size.Heads, _size.HeadDim);
        return (heads * gates).flatten(2).MoveToOuterDisposeScope();
    }
}
