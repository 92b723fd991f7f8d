using System.Text.Json;
using MlxVideo.Engine.Text.Tokenization;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/tokenizer: ids, decoded texts, and LTX-2's padding, all exact.</summary>
public sealed class TokenizerSuite : IGoldenSuite
{
    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (Directory.Exists(Path.Combine(root, "tokenizer")))
            yield return new GoldenCase("tokenizer", Check);
    }

    private static void Check(GoldenRun run)
    {
        var tokenizer = SentencePieceTokenizer.Load(Path.Combine(run.Folder, "tokenizer.model"));
        foreach (var example in run.Json("cases.json").EnumerateArray())
        {
            var text = example.GetProperty("text").GetString()!;
            var ids = Integers(example.GetProperty("ids")).Select(id => (int)id).ToList();
            run.ExactSequence($"ids of '{text}'", tokenizer.Encode(text), ids);
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
