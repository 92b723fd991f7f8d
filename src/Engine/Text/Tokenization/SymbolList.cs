namespace MlxVideo.Engine.Text.Tokenization;

/// <summary>A text split into adjacent symbols that can be joined in constant time.</summary>
internal sealed class SymbolList(string text)
{
    private readonly List<Symbol> _symbols = [];

    public int Count => _symbols.Count;

    /// <summary>Appends a symbol.</summary>
    /// <param name="id">Id of the symbol's piece; null when there is none.</param>
    /// <param name="frozen">True when the symbol must not be joined.</param>
    public void Add(int start, int length, int? id, bool frozen)
    {
        var index = _symbols.Count;
        if (index > 0)
            _symbols[index - 1] = _symbols[index - 1] with { Next = index };
        _symbols.Add(new Symbol(start, length, id, index - 1, -1, frozen));
    }

    public int? Id(int index) => _symbols[index].Id;

    public int Previous(int index) => _symbols[index].Previous;

    public int Next(int index) => _symbols[index].Next;

    public bool IsFrozen(int index) => _symbols[index].Frozen;

    public ReadOnlySpan<char> Joined(int left, int right) =>
        text.AsSpan(_symbols[left].Start, _symbols[left].Length + _symbols[right].Length);

    /// <summary>Returns false when one of the two was joined with another symbol after the pair was recorded.</summary>
    public bool AreStillNeighbours(int left, int right, int joinedLength) =>
        _symbols[left].Length > 0 && _symbols[right].Length > 0 && _symbols[left].Next == right
        && _symbols[left].Length + _symbols[right].Length == joinedLength;

    public void Merge(int left, int right, int id)
    {
        var (kept, gone) = (_symbols[left], _symbols[right]);
        _symbols[left] = kept with { Length = kept.Length + gone.Length, Id = id, Next = gone.Next };
        _symbols[right] = gone with { Length = 0 };
        if (gone.Next >= 0)
            _symbols[gone.Next] = _symbols[gone.Next] with { Previous = left };
    }

    /// <summary>Returns the remaining symbols in order.</summary>
    public IEnumerable<(string Text, int? Id)> Remaining()
    {
        for (var index = _symbols.Count == 0 ? -1 : 0; index >= 0; index = _symbols[index].Next)
            yield return (text.Substring(_symbols[index].Start, _symbols[index].Length), _symbols[index].Id);
    }

    private readonly record struct Symbol(int Start, int Length, int? Id, int Previous, int Next, bool Frozen);
}
