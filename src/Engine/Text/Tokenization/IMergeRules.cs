namespace MlxVideo.Engine.Text.Tokenization;

/// <summary>Says which neighbours may be joined.</summary>
internal interface IMergeRules
{
    /// <summary>What two neighbours make; null when they stay apart.</summary>
    Merge? Find(SymbolList symbols, int left, int right);
}

/// <summary>A joined pair.</summary>
/// <param name="Id">The piece that it makes.</param>
/// <param name="Order">Lower goes first.</param>
internal readonly record struct Merge(int Id, double Order);

/// <summary>SentencePiece: any two that make a piece, the best score first.</summary>
internal sealed class ScoredMerges(Vocabulary vocabulary, IReadOnlyList<float> scores) : IMergeRules
{
    /// <inheritdoc/>
    public Merge? Find(SymbolList symbols, int left, int right) =>
        vocabulary.FindNormal(symbols.Joined(left, right)) is { } id ? new Merge(id, -scores[id]) : null;
}

/// <summary>tokenizer.json: the pairs of a list, in its order.</summary>
internal sealed class RankedMerges(IReadOnlyDictionary<(int Left, int Right), Merge> merges) : IMergeRules
{
    /// <inheritdoc/>
    public Merge? Find(SymbolList symbols, int left, int right) =>
        symbols.Id(left) is { } first && symbols.Id(right) is { } second && merges.TryGetValue((first, second), out var merge)
            ? merge
            : null;
}
