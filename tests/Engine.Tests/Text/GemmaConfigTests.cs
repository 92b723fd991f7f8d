using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Text.Gemma;

namespace MlxVideo.Engine.Tests.Text;

public sealed class GemmaConfigTests
{
    // The entries in the file of google/gemma-3-12b; everything else has defaults.
    private const string Released = """
        {
          "hidden_size": 3840, "intermediate_size": 15360, "model_type": "gemma3_text", "num_attention_heads": 16,
          "num_hidden_layers": 48, "num_key_value_heads": 8, "sliding_window": 1024,
          "rope_scaling": { "factor": 8.0, "rope_type": "linear" }
        }
        """;

    [Fact]
    public void Entries_missing_from_the_released_file_have_defaults()
    {
        var config = Parse($$"""{ "model_type": "gemma3", "text_config": {{Released}} }""");
        Assert.Equal((262_208, 256, 256.0, 1e-6), (config.VocabularySize, config.HeadDim, config.QueryScalar, config.NormEpsilon));
        Assert.Equal((1_000_000.0, 10_000.0, 8.0), (config.GlobalTheta, config.LocalTheta, config.GlobalScaling));
        Assert.Equal([5, 11, 17, 23, 29, 35, 41, 47], Enumerable.Range(0, config.Layers).Where(layer => config.GlobalLayers[layer]));
    }

    [Fact]
    public void File_without_a_text_section_is_accepted() => Assert.Equal(48, Parse(Released).Layers);

    [Fact]
    public void Newer_configuration_format_is_accepted()
    {
        var layers =
            string.Join(", ", Enumerable.Range(1, 7).Select(number => number == 6 ? "\"full_attention\"" : "\"sliding_attention\""));
        var newer = Parse($$"""
            {
              "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 7, "num_attention_heads": 4, "num_key_value_heads": 2,
              "layer_types": [{{layers}}],
              "rope_parameters": {
                "full_attention": { "rope_type": "linear", "factor": 4.0, "rope_theta": 500000.0 },
                "sliding_attention": { "rope_type": "default", "rope_theta": 20000.0 }
              }
            }
            """);
        Assert.Equal([5], Enumerable.Range(0, newer.Layers).Where(layer => newer.GlobalLayers[layer]));
        Assert.Equal((500_000.0, 20_000.0, 4.0), (newer.GlobalTheta, newer.LocalTheta, newer.GlobalScaling));
    }

    [Theory]
    [InlineData("\"final_logit_softcapping\": 30.0", "final_logit_softcapping")]
    [InlineData("\"hidden_activation\": \"silu\"", "hidden_activation")]
    [InlineData("\"model_type\": \"gemma2\"", "model_type")]
    [InlineData("\"layer_types\": [\"full_attention\"]", "layer_types")]
    [InlineData("\"rope_scaling\": { \"rope_type\": \"yarn\" }", "rope_type")]
    [InlineData("\"hidden_size\": \"wide\"", "hidden_size")]
    public void Configuration_incompatible_with_gemma_3_is_refused(string entry, string named)
    {
        var key = entry[..entry.IndexOf(':')];
        var others =
            new[] { "\"hidden_size\": 8", "\"intermediate_size\": 8", "\"num_hidden_layers\": 2", "\"num_attention_heads\": 1",
                "\"num_key_value_heads\": 1" };
        var json = $"{{ {string.Join(", ", others.Where(other => !other.StartsWith(key, StringComparison.Ordinal)).Append(entry))} }}";
        Assert.Contains(named, Assert.Throws<CheckpointException>(() => Parse(json)).Message);
    }

    private static GemmaConfig Parse(string json) => GemmaConfig.Parse(ConfigSection.Parse("config.json", json));
}
