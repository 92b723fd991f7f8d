using MlxVideo.Engine.Text.Generation;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Text;

public sealed class TokenSamplerTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    private Tensor Logits => tensor(new[] { 2f, 1f, 0f, -1f, -2f });

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Seed_determines_the_drawn_tokens()
    {
        Assert.Equal(Draw(new SamplingSettings { Seed = 1 }), Draw(new SamplingSettings { Seed = 1 }));
        Assert.NotEqual(Draw(new SamplingSettings { Seed = 1 }), Draw(new SamplingSettings { Seed = 2 }));
    }

    [Fact]
    public void Token_frequencies_match_their_probabilities()
    {
        const int Draws = 20_000;
        var drawn = Draw(new SamplingSettings { Temperature = 0.7 }, Draws);
        var probabilities = TokenScores.Probabilities(Logits.log_softmax(-1), new SamplingSettings { Temperature = 0.7 }).data<float>()
            .ToArray();
        for (var token = 0; token < probabilities.Length; token++)
            Assert.Equal(probabilities[token], drawn.Count(id => id == token) / (double)Draws, 0.015);
    }

    [Fact]
    public void Zero_temperature_and_top_one_select_the_most_likely_token()
    {
        Assert.All(Draw(SamplingSettings.Greedy), id => Assert.Equal(0, id));
        Assert.All(Draw(new SamplingSettings { TopK = 1, Temperature = 100 }), id => Assert.Equal(0, id));
        Assert.All(Draw(new SamplingSettings { TopP = 0.01, Temperature = 100 }), id => Assert.Equal(0, id));
    }

    [Fact]
    public void Top_k_draws_only_from_the_k_most_likely_tokens() =>
        Assert.Equal([0, 1, 2], Draw(new SamplingSettings { TopK = 3, Temperature = 10 }, 500).Distinct().Order());

    [Fact]
    public void Repetition_penalty_ignores_tokens_older_than_its_context()
    {
        using var sampler =
            new TokenSampler(SamplingSettings.Greedy with { RepetitionPenalty = 3, PenaltyContext = 1 }, lastPromptToken: 0);
        Assert.Equal([1, 0, 1, 0], Enumerable.Range(0, 4).Select(_ => sampler.Next(Logits)));
    }

    private List<long> Draw(SamplingSettings settings, int count = 50)
    {
        using var sampler = new TokenSampler(settings, lastPromptToken: 4);
        return Enumerable.Range(0, count).Select(_ => sampler.Next(Logits)).ToList();
    }
}
