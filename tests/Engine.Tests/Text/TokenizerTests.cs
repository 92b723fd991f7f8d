using System.Text;
using FsCheck.Xunit;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tests.Golden;
using MlxVideo.Engine.Text.Tokenization;

namespace MlxVideo.Engine.Tests.Text;

public sealed class TokenizerTests : IDisposable
{
    private const int ByteZero = 44;

    private static readonly Tokenizer FromModel = Tokenizer.Load(GoldenRoot.Path("tokenizer", "tokenizer.model"));
    private static readonly Tokenizer FromJson = Tokenizer.Load(GoldenRoot.Path("tokenizer", "tokenizer.json"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Property(MaxTest = 2000, Arbitrary = [typeof(PromptText)])]
    public void Any_text_round_trips(PromptText text)
    {
        Assert.Equal(text.Value, FromModel.Decode(FromModel.Encode(text.Value)));
        Assert.Equal(text.Value, FromJson.Decode(FromJson.Encode(text.Value)));
    }

    [Property(MaxTest = 2000, Arbitrary = [typeof(PromptText)])]
    public void Both_file_formats_give_the_same_ids(PromptText text) =>
        Assert.Equal(FromModel.Encode(text.Value), FromJson.Encode(text.Value));

    [Property(MaxTest = 500, Arbitrary = [typeof(PromptText)])]
    public void Ids_match_naive_byte_pair_encoding(PromptText text) =>
        Assert.Equal(SlowBytePairs.Encode(FromModel, text.Value), FromModel.Encode(text.Value));

    [Fact]
    public void Space_symbol_is_decoded_as_a_space() => Assert.Equal("a b", FromModel.Decode(FromModel.Encode("a\u2581b")));

    [Fact]
    public void Lone_surrogate_becomes_the_replacement_character() =>
        Assert.Equal("a\uFFFDb", FromModel.Decode(FromModel.Encode("a\uD800b")));

    [Fact]
    public void Invalid_utf8_bytes_become_the_replacement_character() =>
        Assert.Equal("\uFFFD", FromModel.Decode([ByteZero + 0xFF]));

    [Fact]
    public void Ids_without_a_piece_are_skipped() =>
        Assert.Equal("fox", FromModel.Decode([-1, FromModel.BeginOfSequence, .. FromModel.Encode("fox"), FromModel.VocabularySize]));

    [Fact]
    public void Text_of_one_megabyte_is_encoded_in_linearithmic_time()
    {
        var text = string.Concat(Enumerable.Repeat("A red fox runs through fresh snow. ", 30_000));
        Assert.Equal(text, FromModel.Decode(FromModel.Encode(text)));
    }

    [Fact]
    public void Prompt_is_trimmed_marked_truncated_and_left_padded()
    {
        var fox = FromModel.Encode("fox").Select(id => (long)id).ToList();
        var padded = PromptTokens.Of(FromModel, " \x1F\u3000fox \n", fox.Count + 3);
        Assert.Equal([0, 0, 2, .. fox], padded.Ids);
        Assert.Equal([0, 0, 1, .. Enumerable.Repeat(1L, fox.Count)], padded.Mask);
        Assert.Equal(
            [2, .. FromModel.Encode(new string('x', 50)).Take(4).Select(id => (long)id)],
            PromptTokens.Of(FromModel, new string('x', 50), 5).Ids);
        Assert.Equal([0, 2], PromptTokens.Of(FromModel, "", 2).Ids);
        Assert.Equal(0, padded.Dropped);
        Assert.Equal(FromModel.Encode(new string('x', 50)).Count - 4, PromptTokens.Of(FromModel, new string('x', 50), 5).Dropped);
    }

    [Theory]
    [InlineData("tokenizer.model", "not protobuf at all")]
    [InlineData("tokenizer.model", "")]
    [InlineData("tokenizer.json", "{")]
    [InlineData("tokenizer.json", "{ \"model\": { \"type\": \"WordPiece\" } }")]
    [InlineData("tokenizer.json", "{ \"model\": { \"type\": \"BPE\", \"byte_fallback\": false } }")]
    public void Invalid_tokenizer_file_is_refused_with_its_path(string name, string content)
    {
        File.WriteAllText(_folder.File(name), content);
        var ex = Assert.Throws<CheckpointException>(() => Tokenizer.Load(_folder.File(name)));
        Assert.Contains(_folder.File(name), ex.Message);
    }

    [Fact]
    public void Truncated_tokenizer_model_is_refused()
    {
        var bytes = File.ReadAllBytes(GoldenRoot.Path("tokenizer", "tokenizer.model"));
        File.WriteAllBytes(_folder.File("tokenizer.model"), bytes[..(bytes.Length / 2)]);
        Assert.Throws<CheckpointException>(() => Tokenizer.Load(_folder.File("tokenizer.model")));
    }

    [Fact]
    public void Merges_in_the_older_single_string_format_are_read()
    {
        var json = File.ReadAllText(GoldenRoot.Path("tokenizer", "tokenizer.json"), Encoding.UTF8);
        var node = System.Text.Json.Nodes.JsonNode.Parse(json)!;
        var merges = node["model"]!["merges"]!.AsArray();
        node["model"]!["merges"] = new System.Text.Json.Nodes.JsonArray(
            merges.Select(pair => (System.Text.Json.Nodes.JsonNode)$"{pair![0]} {pair[1]}").ToArray());
        File.WriteAllText(_folder.File("tokenizer.json"), node.ToJsonString());
        var older = Tokenizer.Load(_folder.File("tokenizer.json"));
        const string Text = "A red fox  runs\n\nthrough 2024";
        Assert.Equal(FromJson.Encode(Text), older.Encode(Text));
    }
}
