using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Tests.Stages;
using MlxVideo.Engine.Text;
using MlxVideo.Engine.Text.Enhancement;
using MlxVideo.Engine.Text.Generation;
using MlxVideo.Engine.Text.Tokenization;

namespace MlxVideo.Engine.Tests.Text;

public sealed class PromptEnhancerTests : IClassFixture<TinyModelFolder>, IDisposable
{
    private static readonly EnhancementRequest Fox = new("a red fox", HasImages: false, MaxTokens: 12, Temperature: 0.7, Seed: 7);

    private readonly Tokenizer _tokenizer;
    private readonly PromptEncoder _encoder;

    public PromptEnhancerTests(TinyModelFolder tiny)
    {
        _tokenizer = Tokenizer.Load(tiny.Model.TokenizerFile);
        _encoder = new ModelLoader(tiny.Model, ComputeOptions.CpuFloat32).LoadPromptEncoder();
    }

    public void Dispose() => _encoder.Dispose();

    [Fact]
    public void Equal_requests_give_equal_prompts_and_seeds_vary_them()
    {
        var enhanced = Enhance(Fox);
        Assert.Equal(enhanced, Enhance(Fox));
        Assert.NotEqual(enhanced, Enhance(Fox with { Seed = 8 }));
        Assert.NotEqual(enhanced, Enhance(Fox with { Prompt = "two boats" }));
        Assert.Equal(Enhance(Fox with { Temperature = 0 }), Enhance(Fox with { Temperature = 0, Seed = 8 }));
    }

    [Fact]
    public void Answer_is_cut_off_at_the_maximum_number_of_tokens()
    {
        var written = new List<int>();
        Assert.Equal(new EnhancedPrompt("bbbb", IsCutOff: true), EnhanceWith("b", written.Add));
        Assert.Equal([1, 2, 3, 4], written);
        Assert.Equal(new EnhancedPrompt("", IsCutOff: false), EnhanceWith("<end_of_turn>", written.Add));
        Assert.Equal(4, written.Count);

        EnhancedPrompt EnhanceWith(string likeliest, Action<int> onToken)
        {
            using var gemma = RankedTokens.Gemma([Assert.IsType<int>(_tokenizer.Find(likeliest))], _tokenizer.VocabularySize);
            return new PromptEnhancer(_tokenizer, new TextGenerator(_tokenizer, gemma))
                .Enhance(Fox with { Temperature = 0, MaxTokens = 4 }, onToken);
        }
    }

    [Fact]
    public void Instructions_of_a_clip_with_images_forbid_inventing_what_they_show()
    {
        var text = Conversation(Fox);
        var image = Conversation(Fox with { HasImages = true });
        Assert.DoesNotContain("picture. You can't see", text, StringComparison.Ordinal);
        Assert.Contains("picture. You can't see", image, StringComparison.Ordinal);
        Assert.All(
            [text, image],
            conversation =>
            {
                Assert.StartsWith("<start_of_turn>user\nYou write prompts", conversation, StringComparison.Ordinal);
                Assert.EndsWith(
                    "\n\nuser prompt: a red fox<end_of_turn>\n<start_of_turn>model\n", conversation, StringComparison.Ordinal);
            });
    }

    [Fact]
    public void Conversation_begins_with_one_begin_marker_and_contains_at_most_the_tokens_of_a_prompt()
    {
        var tokens = _encoder.Enhancer.Tokens(Fox with { Prompt = string.Concat(Enumerable.Repeat("fox 🦊 ", 1000)) });
        Assert.Equal(_tokenizer.BeginOfSequence, tokens[0]);
        Assert.DoesNotContain(_tokenizer.BeginOfSequence, tokens.Skip(1));
        var instructions = _encoder.Enhancer.Tokens(Fox with { Prompt = "" }).Count;
        Assert.InRange(tokens.Count - instructions, PromptTokens.StandardLength - 10, PromptTokens.StandardLength + 10);
    }

    private string Enhance(EnhancementRequest request) => _encoder.Enhancer.Enhance(request).Text;

    private string Conversation(EnhancementRequest request) => _tokenizer.Decode(_encoder.Enhancer.Tokens(request));
}
