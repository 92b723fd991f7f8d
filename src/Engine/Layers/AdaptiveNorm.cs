using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Layers;

/// <summary>
/// Shifts, scales and gates from timesteps (adaLN-single). Keys: <c>emb.timestep_embedder.*</c>, <c>linear</c>.
/// </summary>
public sealed class AdaptiveNorm : nn.Module
{
    private readonly long _rows;
    private readonly TimestepEmbedding emb;
    private readonly Linear linear;

    /// <summary>
    /// Reads the weights from <paramref name="scope"/>; the output has <paramref name="rows"/> vectors of <paramref name="dim"/>.
    /// </summary>
    public AdaptiveNorm(WeightScope scope, long dim, long rows)
        : base(nameof(AdaptiveNorm))
    {
        _rows = rows;
        emb = new TimestepEmbedding(scope.Sub("emb"), dim);
        linear = new Linear(scope.Sub("linear"), dim, dim * rows);
        RegisterComponents();
    }

    /// <summary>Computes one entry per distinct timestep.</summary>
    /// <param name="timesteps">(B, T), float32, CPU, scaled to 0 … 1000; T is 1 when all tokens of a sample share a timestep.</param>
    public Modulation Forward(Tensor timesteps)
    {
        using var scope = TensorScope.Open();
        var (distinct, inverse, _) = timesteps.flatten().unique(sorted: true, return_inverse: true);
        var embedded = emb.forward(distinct);
        var rows = linear.forward(F.silu(embedded)).view(distinct.numel(), _rows, -1);
        var index = distinct.numel() == 1 ? null : inverse!.to(embedded.device).MoveToOuterDisposeScope();
        return new Modulation(
            rows.MoveToOuterDisposeScope(), embedded.MoveToOuterDisposeScope(), index, timesteps.shape[0], timesteps.shape[1]);
    }
}

/// <summary>
/// Output of <see cref="AdaptiveNorm"/> for a batch's timesteps: one entry per distinct timestep, expanded to tokens only on use.
/// </summary>
/// <param name="Rows">(distinct, rows, D)</param>
/// <param name="Embedded">(distinct, D): the embedding before the last linear.</param>
/// <param name="Index">(B·T): each token's entry; null when there is only one.</param>
/// <param name="Batch">B</param>
/// <param name="Tokens">T</param>
public sealed record Modulation(Tensor Rows, Tensor Embedded, Tensor? Index, long Batch, long Tokens)
{
    /// <summary>Returns a row plus a block's table entry (D) for every token: (B, T, D), or (1, 1, D) when all are equal.</summary>
    public Tensor Row(long row, Tensor tableRow) => Spread(Rows.select(1, row) + tableRow);

    /// <summary>Returns the embedding plus a table entry for every token.</summary>
    public Tensor EmbeddedPlus(Tensor tableRow) => Spread(Embedded + tableRow);

    private Tensor Spread(Tensor entries)
    {
        using var scope = TensorScope.Open();
        var spread = Index is null ? entries.unsqueeze(0) : entries.index_select(0, Index).view(Batch, Tokens, -1);
        return spread.MoveToOuterDisposeScope();
    }
}
