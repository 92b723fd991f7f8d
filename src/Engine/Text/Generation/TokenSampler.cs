using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Generation;

/// <summary>Samples tokens sequentially; equal settings and scores give equal choices.</summary>
public sealed class TokenSampler : IDisposable
{
    private readonly SamplingSettings _settings;
    private readonly Generator _random;
    private readonly List<long> _history = [];

    /// <summary>Creates a sampler that continues after a prompt.</summary>
    /// <param name="lastPromptToken">The prompt's last token, the only prompt token that the penalty considers.</param>
    public TokenSampler(SamplingSettings settings, long lastPromptToken)
    {
        _settings = settings;
        _random = new Generator((ulong)settings.Seed, CPU);
        _history.Add(lastPromptToken);
    }

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">(vocabulary), float32, on the CPU.</param>
    public long Next(Tensor logits)
    {
        using var scope = TensorScope.Open();
        if (_settings.RepetitionPenalty is not 1 && _settings.PenaltyContext > 0)
            logits = TokenScores.Penalize(logits, _history.TakeLast(_settings.PenaltyContext), _settings.RepetitionPenalty);
        var token = _settings.Temperature == 0
            ? logits.argmax().item<long>()
            : Draw(TokenScores.Probabilities(logits.log_softmax(-1), _settings));
        _history.Add(token);
        return token;
    }

    /// <inheritdoc/>
    public void Dispose() => _random.Dispose();

    private long Draw(Tensor probabilities) => multinomial(probabilities, 1, false, _random).item<long>();
}
