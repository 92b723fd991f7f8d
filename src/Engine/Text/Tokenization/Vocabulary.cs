using System.Globalization;

namespace MlxVideo.Engine.Text.Tokenization;

/// <summary>What a piece is for.</summary>
internal enum PieceKind
{
    /// <summary>Made by joining characters.</summary>
    Normal,

    /// <summary>Cut out of the text before anything is joined.</summary>
    Atomic,

    /// <summary>A marker such as <c>&lt;bos&gt;</c>: has no text.</summary>
    Control,

    /// <summary>Stands for what no piece stands for.</summary>
    Unknown,

    /// <summary>One byte of UTF-8, for characters without a piece.</summary>
    Byte,

    /// <summary>Never made.</summary>
    Unused,
}

/// <summary>A piece of a vocabulary.</summary>
/// <param name="Text">Its text; <c>&lt;0x0A&gt;</c> for a byte.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="CutOut">Whether its text is cut out although it is a control piece: tokenizer.json does so.</param>
internal readonly record struct Piece(string Text, PieceKind Kind, bool CutOut = false)
{
    /// <summary>The byte that a byte piece stands for.</summary>
    public byte ByteValue => byte.Parse(Text.AsSpan(3, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>True for the texts of byte pieces: <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>.</summary>
    public static bool IsByteText(string text) =>
        text.Length == 6 && text.StartsWith("<0x", StringComparison.Ordinal) && text[5] == '>' && char.IsAsciiHexDigit(text[3])
            && char.IsAsciiHexDigit(text[4]);
}

/// <summary>All pieces of a tokenizer; a piece's id is its position.</summary>
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
            if (pieces[id].Kind == PieceKind.Atomic || pieces[id].CutOut)
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

    /// <summary>The id of a piece that joining may make; null when there is none.</summary>
    public int? FindNormal(ReadOnlySpan<char> text) =>
        _ids.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var id) && _pieces[id].Kind == PieceKind.Normal ? id : null;

    /// <summary>The id of a byte's piece; the unknown piece when the vocabulary has none.</summary>
    public int OfByte(byte value) => _bytes[value];

    /// <summary>The longest atomic piece that stands at a position; id null when there is none.</summary>
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
