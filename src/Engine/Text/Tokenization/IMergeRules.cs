namespace MlxVideo.Engine.Text.Tokenization;

/// <summary>Determines the symbols that may be merged.</summary>
internal interface IMergeRules
{
    /// <summary>Returns the merge of two neighbours; null when they must stay separate.</summary>
    Merge? Find(SymbolList symbols, int left, int right);
}

/// <summary>A merge of a pair of symbols.</summary>
/// <param name="Id">Id of the resulting piece.</param>
/// <param name="Order">Lower values are merged first.</param>
internal readonly record struct Merge(int Id, double Order);

/// <summary>SentencePiece: any two neighbours that form a piece, best score first.</summary>
internal sealed class ScoredMerges(Vocabulary vocabulary, IReadOnlyList<float> scores) : IMergeRules
{
    /// <inheritdoc/>
    public Merge? Find(SymbolList symbols, int left, int right) =>
        vocabulary.FindNormal(symbols.Joined(left, right)) is { } id ? new Merge(id, -scores[id]) : null;
}

/// <summary>tokenizer.json: the pairs of a list, in list order.</summary>
internal sealed class RankedMerges(IReadOnlyDictionary<(int Left, int Right), Merge> merges) : IMergeRules
{
    /// <inheritdoc/>
    public Merge? Find(SymbolList symbols, int left, int right) =>
        symbols.Id(left) is { } first && symbols.Id(right) is { } second && merges.TryGetValue((first, second), out var merge)
            ? merge
            : null;
}
