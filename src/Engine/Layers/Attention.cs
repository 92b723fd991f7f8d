using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Layers;

/// <summary>Sizes of an <see cref="Attention"/>.</summary>
/// <param name="QueryDim">Width of the queries' input and of the output.</param>
/// <param name="ContextDim">Width of the keys' and values' input.</param>
/// <param name="Heads">Heads.</param>
/// <param name="HeadDim">Width of a head.</param>
/// <param name="NormEpsilon">Epsilon of the query and key norms.</param>
/// <param name="Gated">Per-head gates 2·sigmoid(to_gate_logits(x)) (LTX-2.3).</param>
public sealed record AttentionSize(long QueryDim, long ContextDim, long Heads, long HeadDim, double NormEpsilon, bool Gated = false)
{
    /// <summary>heads × head_dim.</summary>
    public long InnerDim => Heads * HeadDim;
}

/// <summary>
/// LTX-2's attention, in the transformer and in the text connectors: biases everywhere, query and key RMS-normed over
/// the whole inner width before the heads are split. Keys: <c>to_q, to_k, to_v, to_out.0, q_norm, k_norm, to_gate_logits</c>.
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

    /// <summary>Takes the weights from <paramref name="scope"/>.</summary>
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

    /// <summary>Attends.</summary>
    /// <param name="x">(B, Tq, QueryDim): the queries' side.</param>
    /// <param name="context">(B, Tk, ContextDim): the keys' side; <paramref name="x"/> itself for self-attention.</param>
    /// <param name="mask">Additive, broadcastable to (B, heads, Tq, Tk).</param>
    /// <param name="queryRotation">Rotation of the queries.</param>
    /// <param name="keyRotation">Rotation of the keys.</param>
    /// <returns>(B, Tq, QueryDim)</returns>
    public Tensor Forward(Tensor x, Tensor context, Tensor? mask = null, RotaryTable? queryRotation = null, RotaryTable? keyRotation = null)
    {
        using var scope = NewDisposeScope();
        var query = Heads(RmsNorm.Apply(to_q.forward(x), _size.NormEpsilon, q_norm));
        var key = Heads(RmsNorm.Apply(to_k.forward(context), _size.NormEpsilon, k_norm));
        var value = Heads(to_v.forward(context));
        if (queryRotation is not null)
            query = RotaryEmbedding.Apply(query, queryRotation);
        if (keyRotation is not null)
            key = RotaryEmbedding.Apply(key, keyRotation);
        var attended = _kernels.Attention(query, key, value, mask, 1 / Math.Sqrt(_size.HeadDim)).transpose(1, 2);
        return Project(attended, x).MoveToOuterDisposeScope();
    }

    /// <summary>What remains when attention is skipped (spatio-temporal guidance): the values, gated and projected.</summary>
    public Tensor ForwardValues(Tensor x)
    {
        using var scope = NewDisposeScope();
        return Project(Heads(to_v.forward(x)).transpose(1, 2), x).MoveToOuterDisposeScope();
    }

    /// <summary>(B, T, inner) to (B, heads, T, head_dim), contiguous.</summary>
    private Tensor Heads(Tensor x) => x.view(x.shape[0], x.shape[1], _size.Heads, _size.HeadDim).transpose(1, 2).contiguous();

    private Tensor Project(Tensor attended, Tensor x)
    {
        if (to_gate_logits is not null)
            attended = attended * (sigmoid(to_gate_logits.forward(x)) * 2).unsqueeze(-1);
        return to_out.forward(attended.flatten(2));
    }
}
