using MlxVideo.Engine.Text.Generation;
using MlxVideo.Engine.Text.Tokenization;
using MlxVideo.Engine.Tests.Stages;

namespace MlxVideo.Engine.Tests.Text;

public sealed class TextGeneratorTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>
{
    private static readonly SamplingSettings EachTokenOnce = SamplingSettings.Greedy with { RepetitionPenalty = 1000 };

    private readonly Tokenizer _tokenizer = Tokenizer.Load(tiny.Model.TokenizerFile);

    // The predecessor took token 107, a newline in Gemma 3, for the end of the turn.
    [Theory]
    [InlineData("<end_of_turn>")]
    [InlineData("<eos>")]
    public void Text_ends_with_the_turn_and_not_with_a_line(string end)
    {
        int[] order = [Id("\n"), Id("a"), Id("\n\n"), Id("b"), Id(end), Id("c")];
        Assert.Equal("\na\n\nb", Generate(order, EachTokenOnce));
    }

    [Fact]
    public void Length_is_limited()
    {
        int[] order = [Id("a"), Id("b"), Id("c"), Id("<end_of_turn>")];
        Assert.Equal("ab", Generate(order, EachTokenOnce with { MaxTokens = 2 }));
    }

    private string Generate(int[] order, SamplingSettings settings)
    {
        using var gemma = RankedTokens.Gemma(order, _tokenizer.VocabularySize);
        return _tokenizer.Decode(new TextGenerator(_tokenizer, gemma).Generate([_tokenizer.BeginOfSequence], settings));
    }

    private int Id(string piece) => Assert.IsType<int>(_tokenizer.Find(piece));
}
