using System.Text;
using MlxVideo.Engine.Checkpoints;
using ProtoBuf;

namespace MlxVideo.Engine.Text.Tokenization;

/// <summary>
/// Byte-pair encoding as SentencePiece does it for Gemma: identity normaliser, no dummy prefix, user-defined pieces cut
/// out first, byte fallback. Microsoft.ML.Tokenizers does not cut out user-defined pieces and orders runs of spaces
/// otherwise, so that 14 of the 200 reference texts get other ids. Immutable; safe for concurrent use.
/// </summary>
public sealed class SentencePieceTokenizer
{
    private const char SpaceSymbol = '\u2581';

    private readonly IReadOnlyList<SentencePieceModel.Piece> _pieces;
    private readonly Dictionary<string, int> _mergeable = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _userDefined = new(StringComparer.Ordinal);
    private readonly int _longestUserDefined;
    private readonly int[] _bytes = new int[256];
    private readonly int _unknown;

    private SentencePieceTokenizer(SentencePieceModel model)
    {
        _pieces = model.Pieces;
        for (var id = 0; id < _pieces.Count; id++)
        {
            var piece = _pieces[id];
            switch (piece.Type)
            {
                case SentencePieceModel.PieceType.Normal:
                    _mergeable[piece.Text] = id;
                    break;
                case SentencePieceModel.PieceType.UserDefined:
                    _userDefined[piece.Text] = id;
                    break;
                case SentencePieceModel.PieceType.Byte:
                    _bytes[Convert.ToByte(piece.Text[3..5], 16)] = id; // <0x0A>
                    break;
                case SentencePieceModel.PieceType.Unknown:
                    _unknown = id;
                    break;
                case SentencePieceModel.PieceType.Control when piece.Text == "<bos>":
                    BeginOfSequence = id;
                    break;
            }
        }

        _longestUserDefined = _userDefined.Keys.Select(text => text.Length).DefaultIfEmpty(0).Max();
    }

    /// <summary>Id of <c>&lt;bos&gt;</c>.</summary>
    public int BeginOfSequence { get; } = 2;

    /// <summary>Number of ids.</summary>
    public int VocabularySize => _pieces.Count;

    /// <summary>Reads a <c>tokenizer.model</c>.</summary>
    /// <exception cref="CheckpointException">It is no SentencePiece model of the kind that Gemma uses.</exception>
    public static SentencePieceTokenizer Load(string path)
    {
        SentencePieceModel model;
        try
        {
            using var stream = File.OpenRead(path);
            model = Serializer.Deserialize<SentencePieceModel>(stream);
        }
        catch (Exception fault) when (fault is ProtoException or EndOfStreamException or OverflowException)
        {
            throw new CheckpointException($"{path} is no SentencePiece model ({fault.Message}). Download it again.", fault);
        }

        if (model.Pieces.Count == 0 || model.Trainer?.ModelType != SentencePieceModel.TrainerSpec.BytePairEncoding)
            throw new CheckpointException($"{path} is no SentencePiece BPE model. Is it Gemma's tokenizer.model?");
        if (model.Normalizer is { } normalizer && (normalizer.AddDummyPrefix || normalizer.CharacterMap is { Length: > 0 }))
            throw new CheckpointException($"{path} normalises text, which Gemma's tokenizer does not. Is it Gemma's tokenizer.model?");
        return new SentencePieceTokenizer(model);
    }

    /// <summary>The ids of a text, without begin or end markers. Control pieces in the text are ordinary characters.</summary>
    public IReadOnlyList<int> Encode(string text)
    {
        var ids = new List<int>();
        var symbols = new SymbolList(text.Replace(' ', SpaceSymbol));
        CutSymbols(symbols);
        Merge(symbols);
        foreach (var (symbol, userDefined) in symbols.Texts())
        {
            if (userDefined)
                ids.Add(_userDefined[symbol]);
            else if (_mergeable.TryGetValue(symbol, out var id))
                ids.Add(id);
            else
                AddBytes(symbol, ids);
        }

        return ids;
    }

    /// <summary>The text of ids. Control pieces vanish; bytes that are not UTF-8 become U+FFFD.</summary>
    public string Decode(IEnumerable<int> ids)
    {
        var utf8 = new List<byte>();
        foreach (var id in ids)
        {
            var piece = _pieces[id];
            switch (piece.Type)
            {
                case SentencePieceModel.PieceType.Control:
                    break;
                case SentencePieceModel.PieceType.Byte:
                    utf8.Add(Convert.ToByte(piece.Text[3..5], 16));
                    break;
                case SentencePieceModel.PieceType.Unknown:
                    utf8.AddRange(" \u2047 "u8);
                    break;
                default:
                    utf8.AddRange(Encoding.UTF8.GetBytes(piece.Text.Replace(SpaceSymbol, ' ')));
                    break;
            }
        }

        return Encoding.UTF8.GetString(utf8.ToArray());
    }

    /// <summary>User-defined pieces, longest first; everything else a code point at a time.</summary>
    private void CutSymbols(SymbolList symbols)
    {
        var text = symbols.Text;
        for (var start = 0; start < text.Length;)
        {
            var length = UserDefinedLengthAt(text, start);
            var userDefined = length > 0;
            if (!userDefined)
                length = char.IsHighSurrogate(text[start]) && start + 1 < text.Length && char.IsLowSurrogate(text[start + 1]) ? 2 : 1;
            symbols.Add(start, length, userDefined);
            start += length;
        }
    }

    private int UserDefinedLengthAt(string text, int start)
    {
        var lookup = _userDefined.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var length = Math.Min(_longestUserDefined, text.Length - start); length > 0; length--)
        {
            if (lookup.ContainsKey(text.AsSpan(start, length)))
                return length;
        }

        return 0;
    }

    /// <summary>Joins the neighbours with the best score, the leftmost first, until none is left that makes a piece.</summary>
    private void Merge(SymbolList symbols)
    {
        var lookup = _mergeable.GetAlternateLookup<ReadOnlySpan<char>>();
        var agenda = new PriorityQueue<(int Left, int Right, int Length), (float NegativeScore, int Left)>();
        for (var left = 0; left + 1 < symbols.Count; left++)
            Propose(left, left + 1);
        while (agenda.TryDequeue(out var pair, out _))
        {
            if (!symbols.AreStillNeighbours(pair.Left, pair.Right, pair.Length))
                continue;
            symbols.Join(pair.Left, pair.Right);
            Propose(symbols.Previous(pair.Left), pair.Left);
            Propose(pair.Left, symbols.Next(pair.Left));
        }

        void Propose(int left, int right)
        {
            if (left < 0 || right < 0 || symbols.IsFrozen(left) || symbols.IsFrozen(right))
                return;
            var joined = symbols.Joined(left, right);
            if (lookup.TryGetValue(joined, out var id))
                agenda.Enqueue((left, right, joined.Length), (-_pieces[id].Score, left));
        }
    }

    private void AddBytes(string symbol, List<int> ids)
    {
        foreach (var value in Encoding.UTF8.GetBytes(symbol))
            ids.Add(_bytes[value] == 0 ? _unknown : _bytes[value]);
    }
}
