using System.Text;
using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Text.Tokenization;

/// <summary>
/// Gemma's byte-pair encoding, from a SentencePiece <c>tokenizer.model</c> or a <c>tokenizer.json</c> (docs/reference/text.md,
/// section 4): spaces become U+2581, atomic pieces are extracted first, symbols without a piece fall back to their UTF-8 bytes.
/// Microsoft.ML.Tokenizers does not extract user-defined pieces and orders runs of spaces differently, which changes the ids of 14 of the
/// 200 reference texts. Immutable; safe for concurrent use.
/// </summary>
public sealed class Tokenizer
{
    private const char SpaceSymbol = '\u2581';

    private readonly Vocabulary _vocabulary;
    private readonly IMergeRules _merges;
    private readonly bool _searchesSpacedText;

    /// <param name="merges">The allowed merges and their order.</param>
    /// <param name="cutsSpacedText">Whether atomic pieces are searched after spaces were replaced (SentencePiece) or before.</param>
    internal Tokenizer(Vocabulary vocabulary, IMergeRules merges, bool cutsSpacedText)
    {
        _vocabulary = vocabulary;
        _merges = merges;
        _searchesSpacedText = cutsSpacedText;
        BeginOfSequence = Require("<bos>");
        EndOfSequence = Require("<eos>");
    }

    /// <summary>Id of <c>&lt;bos&gt;</c>.</summary>
    public int BeginOfSequence { get; }

    /// <summary>Id of <c>&lt;eos&gt;</c>.</summary>
    public int EndOfSequence { get; }

    /// <summary>Number of ids.</summary>
    public int VocabularySize => _vocabulary.Size;

    /// <summary>Loads a tokenizer file: <c>tokenizer.json</c> by its extension, anything else as a SentencePiece model.</summary>
    /// <exception cref="CheckpointException">The file is not a tokenizer of the kind that Gemma uses.</exception>
    public static Tokenizer Load(string path) =>
        Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase)
            ? TokenizerJsonFile.Read(path)
            : SentencePieceFile.Read(path);

    /// <summary>Returns the id of a piece, including control pieces; null when there is none.</summary>
    public int? Find(string piece) => _vocabulary.Find(piece);

    /// <summary>Returns the ids of a text, without begin or end markers. Lone surrogates become U+FFFD.</summary>
    public IReadOnlyList<int> Encode(string text)
    {
        var spaced = text.Replace(' ', SpaceSymbol);
        var symbols = Cut(spaced, _searchesSpacedText ? spaced : text);
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

    /// <summary>Returns the text of ids. Control pieces and ids without a piece are dropped; invalid UTF-8 bytes become U+FFFD.</summary>
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

    /// <summary>Splits a text into atomic pieces, longest first, and single code points.</summary>
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
        Find(piece) ?? throw new CheckpointException($"The tokenizer has no piece {piece}; use Gemma's tokenizer.");
}
