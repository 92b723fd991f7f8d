using MlxVideo.Hub.Api;
using MlxVideo.Hub.Repositories;
using MlxVideo.Hub.Selection;

namespace MlxVideo.Hub.Tests.Selection;

public sealed class FileSelectionTests
{
    /// <summary>All layouts that Lightricks publishes side by side.</summary>
    private static readonly string[] Ltx2 =
    [
        ".gitattributes", "README.md", "audio_vae/config.json", "audio_vae/diffusion_pytorch_model.safetensors", "connectors/config.json",
        "connectors/diffusion_pytorch_model.safetensors", "latent_upsampler/config.json",
        "latent_upsampler/diffusion_pytorch_model.safetensors", "ltx-2-19b-dev-fp4.safetensors", "ltx-2-19b-dev-fp8.safetensors",
        "ltx-2-19b-dev.safetensors", "ltx-2-19b-distilled-fp8.safetensors", "ltx-2-19b-distilled-lora-384.safetensors",
        "ltx-2-19b-distilled.safetensors", "ltx-2-spatial-upscaler-x2-1.0.safetensors", "ltx-2-temporal-upscaler-x2-1.0.safetensors",
        "media/ltx-2.png", "model_index.json", "scheduler/scheduler_config.json", "text_encoder/config.json",
        "text_encoder/diffusion_pytorch_model-00001-of-00002.safetensors",
        "text_encoder/diffusion_pytorch_model-00002-of-00002.safetensors",
        "text_encoder/diffusion_pytorch_model.safetensors.index.json", "text_encoder/model-00001-of-00002.safetensors",
        "text_encoder/model-00002-of-00002.safetensors", "text_encoder/model.safetensors.index.json", "tokenizer/special_tokens_map.json",
        "tokenizer/tokenizer.json", "tokenizer/tokenizer.model", "transformer/config.json",
        "transformer/diffusion_pytorch_model-00001-of-00001.safetensors", "vae/config.json", "vae/diffusion_pytorch_model.safetensors",
        "vocoder/config.json", "vocoder/diffusion_pytorch_model.safetensors",
    ];

    private static readonly string[] Ltx2TextEncoder =
    [
        "text_encoder/config.json", "text_encoder/diffusion_pytorch_model-00001-of-00002.safetensors",
        "text_encoder/diffusion_pytorch_model-00002-of-00002.safetensors", "text_encoder/diffusion_pytorch_model.safetensors.index.json",
        "tokenizer/special_tokens_map.json", "tokenizer/tokenizer.json", "tokenizer/tokenizer.model",
    ];

    private static readonly string[] Ltx23 =
    [
        "ltx-2.3-22b-dev.safetensors", "ltx-2.3-22b-distilled-lora-384.safetensors", "ltx-2.3-22b-distilled.safetensors",
        "ltx-2.3-spatial-upscaler-x1.5-1.0.safetensors", "ltx-2.3-spatial-upscaler-x2-1.0.safetensors",
        "ltx-2.3-spatial-upscaler-x2-1.1.safetensors", "ltx-2.3-temporal-upscaler-x2-1.0.safetensors",
    ];

    private static readonly string[] Converted =
    [
        "audio_vae/config.json", "audio_vae/model.safetensors", "config.json", "connectors/ltx_text_connectors.safetensors",
        "ltx-2-19b-dev-mlx.safetensors", "quantization.json", "vae/config.json", "vae/diffusion_pytorch_model.safetensors",
        "vocoder/model.safetensors",
    ];

    private static readonly string[] Diffusers =
        [.. Ltx2.Where(path => !path.StartsWith("ltx-2-", StringComparison.Ordinal))];

    private static readonly string[] Gemma =
    [
        "README.md", "config.json", "generation_config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
        "model.safetensors.index.json", "tokenizer.json", "tokenizer.model",
    ];

    [Fact]
    public void One_variant_in_one_layout_is_selected() =>
        Assert.Equal(
            ["ltx-2-19b-distilled.safetensors", "ltx-2-spatial-upscaler-x2-1.0.safetensors", .. Ltx2TextEncoder],
            Select(Ltx2, new SelectionOptions()));

    [Theory]
    [InlineData("dev", "bf16", "ltx-2-19b-dev.safetensors")]
    [InlineData("dev", "fp8", "ltx-2-19b-dev-fp8.safetensors")]
    [InlineData("distilled", "fp8", "ltx-2-19b-distilled-fp8.safetensors")]
    public void Variant_and_precision_select_the_checkpoint(string variant, string precision, string file) =>
        Assert.Equal(
            [file, "ltx-2-spatial-upscaler-x2-1.0.safetensors"],
            Select(Ltx2, new SelectionOptions(variant, precision, TextEncoder: false)));

    [Fact]
    public void Adapters_and_further_upscalers_are_selected_on_request() =>
        Assert.Equal(
            [
                "ltx-2-19b-dev.safetensors", "ltx-2-19b-distilled-lora-384.safetensors", "ltx-2-spatial-upscaler-x2-1.0.safetensors",
                "ltx-2-temporal-upscaler-x2-1.0.safetensors",
            ],
            Select(Ltx2, new SelectionOptions("dev", AllUpscalers: true, DistilledLora: true, TextEncoder: false)));

    [Fact]
    public void Newest_x2_upscaler_is_selected() =>
        Assert.Equal(
            ["ltx-2.3-22b-distilled.safetensors", "ltx-2.3-spatial-upscaler-x2-1.1.safetensors"], Select(Ltx23, new SelectionOptions()));

    [Fact]
    public void Conversion_is_selected_with_the_folders_of_its_components() =>
        Assert.Equal(Converted, Select(Converted, new SelectionOptions()));

    [Fact]
    public void Diffusers_folders_are_selected_when_there_is_no_single_file()
    {
        var selected = Select(Diffusers, new SelectionOptions());
        Assert.Equal(
            ["audio_vae", "connectors", "latent_upsampler", "text_encoder", "tokenizer", "transformer", "vae", "vocoder"],
            selected.Select(path => path.Split('/')[0]).Distinct());
    }

    [Fact]
    public void Repository_of_a_text_encoder_is_selected_without_its_documents() =>
        Assert.Equal(Gemma[1..], Select(Gemma, new SelectionOptions()));

    [Fact]
    public void Patterns_replace_the_selection() =>
        Assert.Equal(
            ["ltx-2-19b-dev-fp4.safetensors", "ltx-2-19b-dev-fp8.safetensors", "vae/config.json"],
            Select(Ltx2, new SelectionOptions(Include: ["*-fp?.safetensors", "vae/*.json"])).Where(path => !path.Contains("distilled")));

    [Theory]
    [InlineData("nvfp4", null, "no checkpoint for --variant distilled --precision nvfp4", "ltx-2-19b-dev-fp8.safetensors")]
    [InlineData("bf16", "*.gguf", "no file for *.gguf")]
    public void Selection_without_a_match_lists_the_possibilities(string precision, string? pattern, params string[] words)
    {
        var options = new SelectionOptions(Precision: precision, Include: pattern is null ? null : [pattern]);
        var ex = Assert.Throws<HubException>(() => Select(Ltx2, options));
        Assert.All(words, word => Assert.Contains(word, ex.Message));
    }

    private static IReadOnlyList<string> Select(IEnumerable<string> paths, SelectionOptions options) =>
        FileSelection.Select(
            new HubModel(
                RepositoryReference.Parse("org/model"), "commit", null, paths.Select(path => new HubFile(path, 1, "hash")).ToList()),
            options).Select(file => file.Path).ToList();
}
