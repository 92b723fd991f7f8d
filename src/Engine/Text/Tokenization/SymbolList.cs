namespace MlxVideo.Engine.Text.Tokenization;

/// <summary>A text cut into neighbouring symbols that can be joined in constant time.</summary>
internal sealed class SymbolList(string text)
{
    private readonly List<Symbol> _symbols = [];

    public string Text { get; } = text;

    public int Count => _symbols.Count;

    public void Add(int start, int length, bool frozen)
    {
        var index = _symbols.Count;
        if (index > 0)
            _symbols[index - 1] = _symbols[index - 1] with { Next = index };
        _symbols.Add(new Symbol(start, length, index - 1, -1, frozen));
    }

    public int Previous(int index) => _symbols[index].Previous;

    public int Next(int index) => _symbols[index].Next;

    public bool IsFrozen(int index) => _symbols[index].Frozen;

    public ReadOnlySpan<char> Joined(int left, int right) => Text.AsSpan(_symbols[left].Start, _symbols[left].Length + _symbols[right].Length);

    /// <summary>True unless one of the two was joined with another symbol since the pair was seen.</summary>
    public bool AreStillNeighbours(int left, int right, int joinedLength) =>
        _symbols[left].Length > 0 && _symbols[right].Length > 0 && _symbols[left].Next == right
        && _symbols[left].Length + _symbols[right].Length == joinedLength;

    public void Join(int left, int right)
    {
        var (kept, gone) = (_symbols[left], _symbols[right]);
        _symbols[left] = kept with { Length = kept.Length + gone.Length, Next = gone.Next };
        _symbols[right] = gone with { Length = 0 };
        if (gone.Next >= 0)
            _symbols[gone.Next] = _symbols[gone.Next] with { Previous = left };
    }

    public IEnumerable<(string Text, bool Frozen)> Texts()
    {
        for (var index = _symbols.Count == 0 ? -1 : 0; index >= 0; index = _symbols[index].Next)
            yield return (Text.Substring(_symbols[index].Start, _symbols[index].Length), _symbols[index].Frozen);
    }

    private readonly record struct Symbol(int Start, int Length, int Previous, int Next, bool Frozen);
}
