using System.Globalization;

namespace MlxVideo.Engine.Text.Tokenization;

/// <summary>A piece's role in the vocabulary.</summary>
internal enum PieceKind
{
    /// <summary>Produced by merging characters.</summary>
    Normal,

    /// <summary>Extracted from the text before any merge.</summary>
    Atomic,

    /// <summary>A marker without text, such as <c>&lt;bos&gt;</c>.</summary>
    Control,

    /// <summary>Represents text without a piece.</summary>
    Unknown,

    /// <summary>One byte of UTF-8, for characters without a piece.</summary>
    Byte,

    /// <summary>Never produced.</summary>
    Unused,
}

/// <summary>A piece of a vocabulary.</summary>
/// <param name="Text">The piece's text; <c>&lt;0x0A&gt;</c> for a byte.</param>
/// <param name="IsExtracted">Whether the text of a control piece is extracted like that of an atomic one, as in tokenizer.json.</param>
internal readonly record struct Piece(string Text, PieceKind Kind, bool IsExtracted = false)
{
    /// <summary>The byte that a byte piece represents.</summary>
    public byte ByteValue => byte.Parse(Text.AsSpan(3, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>True for the texts of byte pieces: <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>.</summary>
    public static bool IsByteText(string text) =>
        text.Length == 6 && text.StartsWith("<0x", StringComparison.Ordinal) && text[5] == '>' && char.IsAsciiHexDigit(text[3])
            && char.IsAsciiHexDigit(text[4]);
}

/// <summary>All pieces of a tokenizer; a piece's id is its index.</summary>
internal sealed class Vocabulary
{
    private readonly IReadOnlyList<Piece> _pieces;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _atomic = new(StringComparer.Ordinal);
    private readonly int _longestAtomic;
    private readonly int[] _bytes = new int[256];

    public Vocabulary(IReadOnlyList<Piece> pieces)
    {
        _pieces = pieces;
        var unknown = 0;
        for (var id = 0; id < pieces.Count; id++)
        {
            _ids.TryAdd(pieces[id].Text, id);
            if (pieces[id].Kind == PieceKind.Atomic || pieces[id].IsExtracted)
                _atomic.TryAdd(pieces[id].Text, id);
            if (pieces[id].Kind == PieceKind.Unknown)
                unknown = id;
        }

        _longestAtomic = _atomic.Keys.Select(text => text.Length).DefaultIfEmpty(0).Max();
        Array.Fill(_bytes, unknown);
        for (var id = 0; id < pieces.Count; id++)
        {
            if (pieces[id].Kind == PieceKind.Byte)
                _bytes[pieces[id].ByteValue] = id;
        }
    }

    public int Size => _pieces.Count;

    public Piece Piece(int id) => _pieces[id];

    public int? Find(string text) => _ids.TryGetValue(text, out var id) ? id : null;

    /// <summary>Returns the id of a piece that a merge may produce; null when there is none.</summary>
    public int? FindNormal(ReadOnlySpan<char> text) =>
        _ids.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var id) && _pieces[id].Kind == PieceKind.Normal ? id : null;

    /// <summary>Returns the id of a byte's piece; the unknown piece's when the vocabulary has none.</summary>
    public int OfByte(byte value) => _bytes[value];

    /// <summary>Returns the longest atomic piece at a position; a null id when there is none.</summary>
    public (int? Id, int Length) AtomicAt(string text, int start)
    {
        var lookup = _atomic.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var length = Math.Min(_longestAtomic, text.Length - start); length > 0; length--)
        {
            if (lookup.TryGetValue(text.AsSpan(start, length), out var id))
                return (id, length);
        }

        return (null, 0);
    }
}
