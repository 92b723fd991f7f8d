using MlxVideo.Engine.Text.Gemma;
using MlxVideo.Engine.Text.Tokenization;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Generation;

/// <summary>Continues a text with Gemma.</summary>
public sealed class TextGenerator(Tokenizer tokenizer, GemmaModel gemma)
{
    private readonly HashSet<long> _stops = StopsOf(tokenizer);

    /// <summary>Generates until the end of the turn, the end of the text or the token limit.</summary>
    /// <param name="prompt">Ids, including the begin marker; at least one.</param>
    /// <param name="onToken">Called for each new token.</param>
    /// <param name="cancellationToken">Honoured between layers.</param>
    /// <returns>The new ids, without the end marker.</returns>
    public IReadOnlyList<int> Generate(
        IReadOnlyList<int> prompt, SamplingSettings settings, Action<int>? onToken = null, CancellationToken cancellationToken = default)
    {
        if (prompt.Count == 0)
            throw new ArgumentException("The prompt has no tokens; pass at least one.", nameof(prompt));
        using var noGradients = no_grad();
        using var session = new GemmaSession(gemma);
        using var sampler = new TokenSampler(settings, prompt[^1]);
        var written = new List<int>();
        var next = prompt.Select(id => (long)id).ToArray();
        while (written.Count < settings.MaxTokens)
        {
            using var scope = TensorScope.Open();
            var token = sampler.Next(session.Read(tensor(next).unsqueeze(0), cancellationToken: cancellationToken)[0]);
            if (_stops.Contains(token))
                break;
            written.Add((int)token);
            onToken?.Invoke((int)token);
            next = [token];
        }

        return written;
    }

    /// <summary>Returns the ids of the end of the text and of a dialogue turn: 1 and 106 in Gemma 3.</summary>
    private static HashSet<long> StopsOf(Tokenizer tokenizer)
    {
        var stops = new HashSet<long> { tokenizer.EndOfSequence };
        if (tokenizer.Find("<end_of_turn>") is { } endOfTurn)
            stops.Add(endOfTurn);
        return stops;
    }
}
