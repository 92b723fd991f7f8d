using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Text.Gemma;
using MlxVideo.Engine.Text.Generation;
using MlxVideo.Engine.Text.Tokenization;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/gemma3/generate: greedy decoding with a key-value cache, and the steps of sampling.</summary>
public sealed class TextGenerationSuite : IGoldenSuite
{
    private const double LogitTolerance = 1e-4;
    private const double ProbabilityTolerance = 1e-6;

    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (Directory.Exists(Path.Combine(root, "gemma3", "generate")) && Directory.Exists(Path.Combine(root, "gemma3", "text")))
            yield return new GoldenCase("gemma3/generate", Check);
    }

    private static void Check(GoldenRun run)
    {
        var expected = run.Open("expected.safetensors");
        using var gemma = TextGemmaSuite.Load(run, Path.Combine("..", "text"));
        var ids = expected.ReadTensor("generated_ids").data<long>().ToArray();
        foreach (var prefix in new[] { "", "padded_" })
        {
            var mask = prefix.Length > 0 ? expected.ReadTensor("padded_attention_mask") : null;
            var (written, logits) = Greedy(gemma, expected.ReadTensor($"{prefix}prompt_ids"), mask, ids.Length);
            run.ExactSequence($"{prefix}generated_ids", written, ids);
            run.Close(expected, "step_logits", logits, LogitTolerance);
        }

        // The complete generator; the tiny model's ids happen to be valid tokenizer ids.
        var tokenizer = Tokenizer.Load(GoldenRoot.Path("tokenizer", "tokenizer.model"));
        var prompt = expected.ReadTensor("prompt_ids").data<long>().Select(id => (int)id).ToList();
        var generated = new TextGenerator(tokenizer, gemma).Generate(prompt, SamplingSettings.Greedy with { MaxTokens = ids.Length });
        run.ExactSequence("generator", generated.Select(id => (long)id), ids);
        Sampling(run);
    }

    private static (IReadOnlyList<long> Ids, Tensor Logits) Greedy(GemmaModel gemma, Tensor prompt, Tensor? mask, int count)
    {
        using var session = new GemmaSession(gemma);
        var logits = new List<Tensor> { session.Read(prompt, mask) };
        var ids = new List<long>();
        while (true)
        {
            ids.Add(logits[^1].argmax().item<long>());
            if (ids.Count == count)
                return (ids, cat(logits));
            logits.Add(session.Read(tensor(new[] { ids[^1] }).unsqueeze(0)));
        }
    }

    private static void Sampling(GoldenRun run)
    {
        var expected = run.Open("sampling.safetensors");
        var history = expected.ReadTensor("history").data<long>().ToArray();
        var penalized = TokenScores.Penalize(expected.ReadTensor("logits"), history.TakeLast(20), 1.3);
        run.Close(expected, "logits_after_rep_penalty", penalized, ProbabilityTolerance);
        var logProbabilities = penalized.log_softmax(-1);
        run.Close(expected, "logprobs", logProbabilities, ProbabilityTolerance * 10);
        run.ExactSequence(
            "topp0.9_keep", TokenScores.KeptByTopP(logProbabilities, 0.9).data<bool>().ToArray(),
            expected.ReadTensor("topp0.9_keep").data<bool>().ToArray());
        foreach (var (name, topP) in new[] { ("1.0", 1.0), ("0.9", 0.9) })
        {
            var probabilities = TokenScores.Probabilities(logProbabilities, new SamplingSettings { Temperature = 0.7, TopP = topP });
            run.Close(expected, $"probs_T0.7_topp{name}", probabilities, ProbabilityTolerance);
        }
    }
}
