using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>
/// Incremental reading of a text with Gemma. Keys and values of earlier tokens are kept, so each further token costs one step. Positions
/// count tokens, not padding. Not safe for concurrent use.
/// </summary>
public sealed class GemmaSession : IDisposable
{
    private readonly GemmaModel _gemma;
    private readonly KeyValueCache[] _kept;
    private Tensor? _mask;

    /// <summary>Creates a session with an empty text.</summary>
    public GemmaSession(GemmaModel gemma)
    {
        _gemma = gemma;
        _kept = gemma.Config.GlobalLayers.Select(isGlobal => new KeyValueCache(isGlobal ? null : gemma.Config.SlidingWindow)).ToArray();
    }

    /// <summary>Reads further tokens.</summary>
    /// <param name="ids">(B, S) int64, with a constant B in all calls.</param>
    /// <param name="mask">(B, S): 1 for tokens, 0 for padding on the left; null when all are tokens.</param>
    /// <param name="cancellationToken">Honoured between layers; a cancelled session must not be reused.</param>
    /// <returns>Scores of the next token: (B, vocabulary), float32, on the CPU.</returns>
    public Tensor Read(Tensor ids, Tensor? mask = null, CancellationToken cancellationToken = default)
    {
        using var scope = TensorScope.Open();
        var added = (mask ?? ones_like(ids)).cpu().to(ScalarType.Int64);
        Extend(added);
        var tokens = ids.shape[1];
        var positions = (_mask!.cumsum(1) - 1).clamp_min(0).narrow(1, _mask.shape[1] - tokens, tokens);
        var inputs = new Dictionary<bool, GemmaLayerInputs>();
        var last = _gemma.Run(ids, InputsOf, null, cancellationToken).select(1, -1);
        return _gemma.Logits(last).MoveToOuterDisposeScope();

        // Layers of one kind keep equally many keys, so rotation and mask are computed once per kind.
        GemmaLayerInputs InputsOf(int layer)
        {
            var isGlobal = _gemma.Config.GlobalLayers[layer];
            if (!inputs.TryGetValue(isGlobal, out var shared))
                inputs[isGlobal] = shared = _gemma.InputsOf(isGlobal, positions, _mask!, _kept[layer].Count + tokens);
            return shared with { Kept = _kept[layer] };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var store in _kept)
            store.Dispose();
        _mask?.Dispose();
    }

    private void Extend(Tensor added)
    {
        var extended = (_mask is null ? added.clone() : cat([_mask, added], 1)).DetachFromDisposeScope();
        _mask?.Dispose();
        _mask = extended;
    }
}
