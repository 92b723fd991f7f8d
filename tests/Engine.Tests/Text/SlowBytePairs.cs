using System.Text;
using MlxVideo.Engine.Tests.Golden;
using MlxVideo.Engine.Text.Tokenization;
using ProtoBuf;

namespace MlxVideo.Engine.Tests.Text;

/// <summary>Naive reference implementation of SentencePiece's byte-pair encoding: search all pairs, merge the best one, repeat.</summary>
internal static class SlowBytePairs
{
    private const int Normal = 1;
    private const int UserDefined = 4;

    private static readonly Lazy<IReadOnlyDictionary<string, Piece>> Pieces = new(() =>
    {
        using var stream = File.OpenRead(GoldenRoot.Path("tokenizer", "tokenizer.model"));
        return Serializer.Deserialize<Model>(stream).Pieces.ToDictionary(piece => piece.Text);
    });

    public static IReadOnlyList<int> Encode(Tokenizer tokenizer, string text)
    {
        var symbols = Cut(text.Replace(' ', '\u2581')).ToList();
        while (true)
        {
            var best = Enumerable.Range(0, Math.Max(0, symbols.Count - 1))
                .Where(index => !IsFrozen(symbols[index]) && !IsFrozen(symbols[index + 1])
                && Find(symbols[index] + symbols[index + 1], Normal) is not null)
                .OrderByDescending(index => Find(symbols[index] + symbols[index + 1], Normal)!.Score)
                .ThenBy(index => index)
                .Cast<int?>()
                .FirstOrDefault();
            if (best is not { } left)
                break;
            symbols[left] += symbols[left + 1];
            symbols.RemoveAt(left + 1);
        }

        return symbols.SelectMany(symbol => IsFrozen(symbol) || Find(symbol, Normal) is not null
            ? [tokenizer.Find(symbol)!.Value]
            : Encoding.UTF8.GetBytes(symbol).Select(value => tokenizer.Find($"<0x{value:X2}>")!.Value)).ToList();
    }

    private static IEnumerable<string> Cut(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var atomic = Pieces.Value.Values
                .Where(piece => piece.Type == UserDefined && string.CompareOrdinal(text, start, piece.Text, 0, piece.Text.Length) == 0)
                .MaxBy(piece => piece.Text.Length)?.Text;
            var symbol = atomic ?? Rune.GetRuneAt(text, start).ToString();
            yield return symbol;
            start += symbol.Length;
        }
    }

    private static bool IsFrozen(string symbol) => Find(symbol, UserDefined) is not null;

    private static Piece? Find(string text, int type) => Pieces.Value.TryGetValue(text, out var piece) && piece.Type == type ? piece : null;

    [ProtoContract]
    internal sealed class Model
    {
        [ProtoMember(1, IsRequired = true)]
        public List<Piece> Pieces { get; set; } = [];
    }

    [ProtoContract]
    internal sealed class Piece
    {
        [ProtoMember(1)]
        public string Text { get; set; } = "";

        [ProtoMember(2)]
        public float Score { get; set; }

        [ProtoMember(3)]
        [System.ComponentModel.DefaultValue(Normal)]
        public int Type { get; set; } = Normal;
    }
}
