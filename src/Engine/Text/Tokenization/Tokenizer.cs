using System.Text;
using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Text.Tokenization;

/// <summary>
/// Gemma's byte-pair encoding, from a SentencePiece <c>tokenizer.model</c> or a <c>tokenizer.json</c> (docs/reference/text.md,
/// section 4): spaces become U+2581, atomic pieces are cut out first, what has no piece falls back to its UTF-8 bytes.
/// Microsoft.ML.Tokenizers does not cut out user-defined pieces and orders runs of spaces otherwise, so that 14 of the
/// 200 reference texts get other ids. Immutable; safe for concurrent use.
/// </summary>
public sealed class Tokenizer
{
    private const char SpaceSymbol = '\u2581';

    private readonly Vocabulary _vocabulary;
    private readonly IMergeRules _merges;
    private readonly bool _cutsSpacedText;

    /// <param name="vocabulary">The pieces.</param>
    /// <param name="merges">Which neighbours may be joined, and which first.</param>
    /// <param name="cutsSpacedText">Whether atomic pieces are sought after spaces were replaced (SentencePiece) or before.</param>
    internal Tokenizer(Vocabulary vocabulary, IMergeRules merges, bool cutsSpacedText)
    {
        _vocabulary = vocabulary;
        _merges = merges;
        _cutsSpacedText = cutsSpacedText;
        BeginOfSequence = Require("<bos>");
        EndOfSequence = Require("<eos>");
    }

    /// <summary>Id of <c>&lt;bos&gt;</c>.</summary>
    public int BeginOfSequence { get; }

    /// <summary>Id of <c>&lt;eos&gt;</c>.</summary>
    public int EndOfSequence { get; }

    /// <summary>Number of ids.</summary>
    public int VocabularySize => _vocabulary.Size;

    /// <summary>Reads a tokenizer file: <c>tokenizer.json</c> by its ending, everything else as a SentencePiece model.</summary>
    /// <exception cref="CheckpointException">It is no tokenizer of the kind that Gemma uses.</exception>
    public static Tokenizer Load(string path) =>
        Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase)
            ? TokenizerJsonFile.Read(path)
            : SentencePieceFile.Read(path);

    /// <summary>The id of a piece, control pieces included; null when there is none.</summary>
    public int? Find(string piece) => _vocabulary.Find(piece);

    /// <summary>The ids of a text, without begin or end markers. Lone surrogates become U+FFFD.</summary>
    public IReadOnlyList<int> Encode(string text)
    {
        var spaced = text.Replace(' ', SpaceSymbol);
        var symbols = Cut(spaced, _cutsSpacedText ? spaced : text);
        BytePairMerging.Run(symbols, _merges);
        var ids = new List<int>();
        foreach (var (symbol, id) in symbols.Remaining())
        {
            if (id is { } known)
                ids.Add(known);
            else
                ids.AddRange(Encoding.UTF8.GetBytes(symbol).Select(_vocabulary.OfByte));
        }

        return ids;
    }

    /// <summary>The text of ids. Control pieces and ids that have no piece vanish; bytes that are not UTF-8 become U+FFFD.</summary>
    public string Decode(IEnumerable<int> ids)
    {
        var utf8 = new List<byte>();
        foreach (var id in ids.Where(id => id >= 0 && id < _vocabulary.Size))
        {
            var piece = _vocabulary.Piece(id);
            switch (piece.Kind)
            {
                case PieceKind.Control:
                    break;
                case PieceKind.Byte:
                    utf8.Add(piece.ByteValue);
                    break;
                case PieceKind.Unknown:
                    utf8.AddRange(" \u2047 "u8);
                    break;
                default:
                    utf8.AddRange(Encoding.UTF8.GetBytes(piece.Text.Replace(SpaceSymbol, ' ')));
                    break;
            }
        }

        return Encoding.UTF8.GetString(utf8.ToArray());
    }

    /// <summary>Atomic pieces, longest first; everything else a code point at a time.</summary>
    private SymbolList Cut(string spaced, string searched)
    {
        var symbols = new SymbolList(spaced);
        for (var start = 0; start < spaced.Length;)
        {
            var (id, length) = _vocabulary.AtomicAt(searched, start);
            if (id is not null)
            {
                symbols.Add(start, length, id, frozen: true);
            }
            else
            {
                length = char.IsHighSurrogate(spaced[start]) && start + 1 < spaced.Length && char.IsLowSurrogate(spaced[start + 1]) ? 2 : 1;
                symbols.Add(start, length, _vocabulary.FindNormal(spaced.AsSpan(start, length)), frozen: false);
            }

            start += length;
        }

        return symbols;
    }

    private int Require(string piece) =>
        Find(piece) ?? throw new CheckpointException($"The tokenizer has no piece {piece}. Is it Gemma's?");
}
