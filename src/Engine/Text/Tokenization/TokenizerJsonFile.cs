using System.Text.Json;
using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Text.Tokenization;

/// <summary>
/// Reads a <c>tokenizer.json</c> in the Hugging Face layout, such as Gemma 3's: BPE with byte fallback, spaces replaced by U+2581.
/// Unlike SentencePiece, it also extracts the texts of control pieces, and merges runs of spaces instead of extracting them.
/// </summary>
internal static class TokenizerJsonFile
{
    private static readonly string[] Controls = ["<pad>", "<bos>", "<eos>"];

    /// <exception cref="CheckpointException">The file is not a tokenizer of the kind that Gemma uses.</exception>
    public static Tokenizer Read(string path)
    {
        var file = ConfigSection.Read(path);
        var model = file.Section("model");
        model.RequireOneOf("type", "BPE", "BPE");
        if (!model.Boolean("byte_fallback", false) || !ReplacesSpaces(file))
            throw new CheckpointException(
                $"{path}: only BPE with byte fallback and spaces replaced by U+2581 is supported; use Gemma's tokenizer.json.");

        var added = file.List("added_tokens").Select(token => Added(token, path))
            .ToDictionary(token => token.Text, token => token.Id, StringComparer.Ordinal);
        var pieces = Texts(model, added)
            .Select(text => new Piece(text, KindOf(text, added.ContainsKey(text)), IsExtracted: added.ContainsKey(text)));
        var vocabulary = new Vocabulary(pieces.ToList());
        return new Tokenizer(vocabulary, new RankedMerges(Merges(model, vocabulary)), cutsSpacedText: false);
    }

    private static bool ReplacesSpaces(ConfigSection file) =>
        file.Has("normalizer") && file.Section("normalizer") is var normalizer && normalizer.Text("content", "") == "\u2581"
        && normalizer.Section("pattern").Text("String", "") == " ";

    /// <summary>Returns the texts by id, including texts added after the vocabulary; ids are 0 … n−1.</summary>
    private static string[] Texts(ConfigSection model, IReadOnlyDictionary<string, int> added)
    {
        var texts = added.ToDictionary(token => token.Value, token => token.Key);
        foreach (var entry in model.Section("vocab").Json.EnumerateObject())
            texts[entry.Value.GetInt32()] = entry.Name;
        return Enumerable.Range(0, texts.Count)
            .Select(id => texts.TryGetValue(id, out var text)
            ? text
            : throw new CheckpointException($"{model.Path}: no piece has id {id}; download the file again."))
            .ToArray();
    }

    private static (string Text, int Id) Added(JsonElement token, string path)
    {
        var section = new ConfigSection($"{path}: added_tokens", token);
        var text = section.Text("content", "");
        string[] unsupported = ["single_word", "lstrip", "rstrip", "normalized"];
        return unsupported.FirstOrDefault(flag => section.Boolean(flag, false)) is { } error
            ? throw new CheckpointException($"{section.Path}: '{text}' has {error}, which is not supported; use Gemma's tokenizer.json.")
            : (text, (int)section.Integer("id"));
    }

    private static PieceKind KindOf(string text, bool added) => text switch
    {
        _ when Controls.Contains(text) => PieceKind.Control,
        "<unk>" => PieceKind.Unknown,
        _ when Piece.IsByteText(text) => PieceKind.Byte,
        _ => added ? PieceKind.Atomic : PieceKind.Normal,
    };

    /// <summary>Reads pairs stored as two-element lists or, in older files, as one string separated by a space.</summary>
    private static Dictionary<(int Left, int Right), Merge> Merges(ConfigSection model, Vocabulary vocabulary)
    {
        var merges = new Dictionary<(int, int), Merge>();
        var rank = 0;
        foreach (var entry in model.List("merges"))
        {
            var pair = entry.ValueKind == JsonValueKind.Array
                ? entry.EnumerateArray().Select(part => part.GetString()!).ToArray()
                : entry.GetString()!.Split(' ');
            if (pair.Length != 2)
                throw new CheckpointException($"{model.Path}: merge {rank} is not a pair; download the file again.");
            merges.TryAdd((Id(pair[0]), Id(pair[1])), new Merge(Id(pair[0] + pair[1]), rank));
            rank++;
        }

        return merges;

        int Id(string text) =>
            vocabulary.Find(text)
                ?? throw new CheckpointException(
                    $"{model.Path}: merge {rank} requires '{text}', which is not in the vocabulary; download the file again.");
    }
}
