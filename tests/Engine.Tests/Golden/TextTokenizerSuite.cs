using System.Text.Json;
using MlxVideo.Engine.Text.Tokenization;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/tokenizer: exact ids and decoded texts from both file formats, and LTX-2's padding.</summary>
public sealed class TextTokenizerSuite : IGoldenSuite
{
    public IEnumerable<GoldenCase> Discover(string root)
    {
        foreach (var file in new[] { "tokenizer.model", "tokenizer.json" })
        {
            if (File.Exists(Path.Combine(root, "tokenizer", file)))
                yield return new GoldenCase($"tokenizer/{file}", run => Check(run, file));
        }
    }

    private static void Check(GoldenRun run, string file)
    {
        var tokenizer = Tokenizer.Load(Path.Combine(run.Folder, file));
        var isJson = file.EndsWith("json", StringComparison.Ordinal);
        foreach (var example in run.Json("cases.json").EnumerateArray())
        {
            var text = example.GetProperty("text").GetString()!;
            var ids = Integers(example.GetProperty("ids")).Select(id => (int)id).ToList();
            var differing = isJson && example.TryGetProperty("hf_ids", out var other) ? Integers(other).Select(id => (int)id) : ids;
            run.ExactSequence($"ids of '{text}'", tokenizer.Encode(text), differing);
            run.Exact($"decoded '{text}'", tokenizer.Decode(ids), example.GetProperty("decoded").GetString());
        }

        var padding = run.Json("ltx_padding.json");
        foreach (var example in padding.GetProperty("cases").EnumerateArray())
        {
            var text = example.GetProperty("text").GetString()!;
            var tokens = PromptTokens.Of(tokenizer, text, padding.GetProperty("max_length").GetInt32());
            run.ExactSequence($"padded ids of '{text}'", tokens.Ids, Integers(example.GetProperty("official").GetProperty("input_ids")));
            run.ExactSequence($"mask of '{text}'", tokens.Mask, Integers(example.GetProperty("official").GetProperty("attention_mask")));
        }
    }

    private static IEnumerable<long> Integers(JsonElement array) => array.EnumerateArray().Select(item => item.GetInt64());
}
