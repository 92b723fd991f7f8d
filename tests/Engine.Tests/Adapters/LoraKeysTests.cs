using System.Text.Json;
using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Tests.Checkpoints.Layouts;
using MlxVideo.Engine.Tests.Golden;

namespace MlxVideo.Engine.Tests.Adapters;

public sealed class LoraKeysTests
{
    private const string Query = "model.diffusion_model.transformer_blocks.0.attn1.to_q.weight";
    private const string Output = "model.diffusion_model.transformer_blocks.0.audio_attn1.to_out.0.weight";
    private const string AudioConnector = "model.diffusion_model.audio_embeddings_connector.transformer_1d_blocks.1.attn1.to_out.0.weight";

    [Theory]
    [InlineData("diffusion_model.transformer_blocks.0.attn1.to_q.lora_A.weight", Query, LoraFactor.Down)]
    [InlineData("model.diffusion_model.transformer_blocks.0.attn1.to_q.lora_B.weight", Query, LoraFactor.Up)]
    [InlineData("transformer.transformer_blocks.0.attn1.to_q.lora_A.weight", Query, LoraFactor.Down)]
    [InlineData("base_model.model.transformer_blocks.0.attn1.to_q.lora_A.default.weight", Query, LoraFactor.Down)]
    [InlineData("base_model.model.diffusion_model.transformer_blocks.0.attn1.to_q.lora_B.weight", Query, LoraFactor.Up)]
    [InlineData("transformer_blocks.0.attn1.to_q.lora.up.weight", Query, LoraFactor.Up)]
    [InlineData("lora_unet_transformer_blocks_0_attn1_to_q.lora_down.weight", Query, LoraFactor.Down)]
    [InlineData("lora_unet_transformer_blocks_0_attn1_to_q.alpha", Query, LoraFactor.Alpha)]
    [InlineData("diffusion_model.transformer_blocks.0.audio_attn1.to_out.0.lora_A.weight", Output, LoraFactor.Down)]
    [InlineData("transformer_blocks.0.audio_attn1.to_out.lora_A.weight", Output, LoraFactor.Down)]
    [InlineData("transformer_blocks.0.ff.proj_in.lora_A.weight", "model.diffusion_model.transformer_blocks.0.ff.net.0.proj.weight",
        LoraFactor.Down)]
    [InlineData("transformer_blocks.0.audio_ff.proj_out.lora_A.weight", "model.diffusion_model.transformer_blocks.0.audio_ff.net.2.weight",
        LoraFactor.Down)]
    [InlineData("transformer.proj_in.lora_A.weight", "model.diffusion_model.patchify_proj.weight", LoraFactor.Down)]
    [InlineData("transformer.audio_proj_in.lora_A.weight", "model.diffusion_model.audio_patchify_proj.weight", LoraFactor.Down)]
    [InlineData(
        "transformer.time_embed.emb.timestep_embedder.linear_1.lora_A.weight",
        "model.diffusion_model.adaln_single.emb.timestep_embedder.linear_1.weight", LoraFactor.Down)]
    [InlineData(
        "adaln_single.emb.timestep_embedder.linear1.lora_A.weight",
        "model.diffusion_model.adaln_single.emb.timestep_embedder.linear_1.weight", LoraFactor.Down)]
    [InlineData("base_model.model.transformer.transformer_blocks.0.attn1.to_q.lora_A.style.weight", Query, LoraFactor.Down)]
    [InlineData("module.diffusion_model.transformer_blocks.0.attn1.to_q.lora_A", Query, LoraFactor.Down)]
    [InlineData("diffusion_model.transformer_blocks.0.attn1.to_q.lora_A.weight_scale", Query, LoraFactor.DownScale)]
    [InlineData("lora_unet_transformer_blocks_0_attn1_to_q.lora_up.scale_weight", Query, LoraFactor.UpScale)]
    [InlineData("lora_transformer_transformer_blocks_0_attn1_to_q.lora_up.weight", Query, LoraFactor.Up)]
    [InlineData("lycoris_transformer_blocks_0_audio_attn1_to_out_0.alpha", Output, LoraFactor.Alpha)]
    [InlineData("lora_unet_transformer_blocks_0_audio_attn1_to_out.lora_down.weight", Output, LoraFactor.Down)]
    [InlineData(
        "lora_unet_transformer_blocks_0_audio_ff_proj_in.lora_down.weight",
        "model.diffusion_model.transformer_blocks.0.audio_ff.net.0.proj.weight", LoraFactor.Down)]
    [InlineData(
        "transformer.prompt_adaln.linear.lora_A.weight", "model.diffusion_model.prompt_adaln_single.linear.weight", LoraFactor.Down)]
    [InlineData(
        "transformer.audio_prompt_adaln.emb.timestep_embedder.linear_2.lora_A.weight",
        "model.diffusion_model.audio_prompt_adaln_single.emb.timestep_embedder.linear_2.weight", LoraFactor.Down)]
    [InlineData("lora_unet_prompt_adaln_linear.lora_up.weight", "model.diffusion_model.prompt_adaln_single.linear.weight", LoraFactor.Up)]
    [InlineData(
        "lora_unet_prompt_adaln_single_linear.lora_up.weight", "model.diffusion_model.prompt_adaln_single.linear.weight", LoraFactor.Up)]
    [InlineData(
        "lora_unet_av_cross_attn_video_a2v_gate_linear.lora_up.weight", "model.diffusion_model.av_ca_a2v_gate_adaln_single.linear.weight",
        LoraFactor.Up)]
    [InlineData(
        "diffusion_model.connectors.audio_connector.transformer_blocks.1.attn1.to_out.0.lora_A.weight", AudioConnector, LoraFactor.Down)]
    [InlineData("connectors.audio_connector.transformer_blocks.1.attn1.to_out.0.lora_A.weight", AudioConnector, LoraFactor.Down)]
    [InlineData("audio_embeddings_connector.transformer_1d_blocks.1.attn1.to_out.lora_A.weight", AudioConnector, LoraFactor.Down)]
    [InlineData("transformer.connectors.audio_embeddings_connector.transformer_1d_blocks.1.attn1.to_out.0.lora_A.weight", AudioConnector,
        LoraFactor.Down)]
    [InlineData(
        "lora_unet_connectors_audio_connector_transformer_blocks_1_attn1_to_out_0.lora_down.weight", AudioConnector, LoraFactor.Down)]
    [InlineData("diffusion_model.transformer_blocks.0.attn1.to_q.lokr_w1", Query, LoraFactor.Left)]
    [InlineData("lycoris_transformer_blocks_0_attn1_to_q.lokr_w2_b", Query, LoraFactor.RightSecond)]
    [InlineData("diffusion_model.transformer_blocks.0.attn1.to_q.dora_scale", Query, LoraFactor.Magnitude)]
    [InlineData(
        "base_model.model.transformer_blocks.0.attn1.to_q.lora_magnitude_vector.default.weight", Query, LoraFactor.Magnitude)]
    [InlineData("connectors.text_proj_in.lora_A.weight", "text_embedding_projection.aggregate_embed.weight", LoraFactor.Down)]
    [InlineData(
        "diffusion_model.text_embedding_projection.video_aggregate_embed.lora_A.weight",
        "text_embedding_projection.video_aggregate_embed.weight", LoraFactor.Down)]
    [InlineData("connectors.audio_text_proj_in.lora_B.weight", "text_embedding_projection.audio_aggregate_embed.weight", LoraFactor.Up)]
    [InlineData(
        "text_embedding_projection.aggregate_embed.lora_A.weight", "text_embedding_projection.aggregate_embed.weight", LoraFactor.Down)]
    public void All_key_styles_resolve_to_the_checkpoint_layer(string key, string weight, LoraFactor expected)
    {
        var parsed = LoraKeys.Parse(key);
        Assert.Equal((LoraKeys.LayerOf(weight), expected), (parsed?.Layer, parsed?.Factor));
    }

    [Theory]
    [InlineData("transformer_blocks.0.attn1.to_q.weight")]
    [InlineData("transformer_blocks.0.attn1.to_q.diff")]
    [InlineData("transformer_blocks.0.attn1.to_q.lokr_w1.weight_scale")]
    public void Keys_that_are_not_LoRA_factors_are_not_parsed(string key) => Assert.Null(LoraKeys.Parse(key));

    [Theory]
    [InlineData("transformer_blocks.0.attn1.to_q.magnitude", "DoRA without a known axis")]
    [InlineData("lora_unet_transformer_blocks_0_attn1_to_q.initial_norm", "DoRA of musubi-tuner before its export for ComfyUI")]
    [InlineData("lora_unet_transformer_blocks_0_attn1_to_q.lokr_t2", "LoKr for convolutions")]
    [InlineData("lora_unet_transformer_blocks_0_attn1_to_q.hada_w1_a", "LoHa")]
    [InlineData("diffusion_model.transformer_blocks.0.attn1.to_q.diff_b", "full weight differences")]
    [InlineData("diffusion_model.transformer_blocks.0.attn1.to_q.lora_B.bias", "LoRA with biases")]
    [InlineData("base_model.model.diffusion_model.transformer_blocks.0.attn1.to_q.lora_A.weight", null)]
    public void Other_adapter_methods_are_identified(string key, string? expected) => Assert.Equal(expected, LoraKeys.OtherMethodOf(key));

    [Fact]
    public void Diffusers_and_mlx_key_names_resolve_to_the_released_layers()
    {
        foreach (var (component, keys) in ReleasedLayers())
        {
            foreach (var released in keys)
            {
                var layer = LoraKeys.LayerOf(released);
                var diffusers = ForeignKeyNames.Diffusers(component, released, downBlocks: 0);
                Assert.Equal(layer, LoraKeys.LayerOf(diffusers));
                Assert.Equal(layer, LoraKeys.LayerOf($"{component}.{diffusers}"));
                Assert.Equal(layer, LoraKeys.LayerOf("base_model.model." + ForeignKeyNames.MlxUnified(component, released)));
                // kohya's trainers use the names of diffusers or of the released model.
                Assert.Equal(layer, LoraKeys.LayerOf("lora_unet_" + Underscored(diffusers)));
                Assert.Equal(
                    layer, LoraKeys.LayerOf(
                        "lora_unet_" + Underscored(released.Replace("model.diffusion_model.", "", StringComparison.Ordinal))));
            }
        }

        static string Underscored(string key) => key[..^".weight".Length].Replace('.', '_');
    }

    [Fact]
    public void Released_layers_resolve_to_distinct_names()
    {
        var manifests = Directory.GetFiles(GoldenRoot.Path("manifest"), "ltx-*b.shapes.json");
        Assert.NotEmpty(manifests);
        foreach (var manifest in manifests)
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(manifest));
            var keys = new[] { "transformer", "text_connectors" }
                .SelectMany(
                    part => json.RootElement.GetProperty("components").GetProperty(part).EnumerateObject().Select(entry => entry.Name))
                        .Distinct().ToList();
            Assert.NotEmpty(keys);
            Assert.Equal(keys.Count, keys.Select(LoraKeys.LayerOf).Distinct().Count());
            Assert.Equal(
                keys.Where(key => key.Contains("connector", StringComparison.Ordinal) || key.StartsWith("text_", StringComparison.Ordinal))
                    .Order(),
                keys.Where(key => LoraKeys.IsOfConnectors(LoraKeys.LayerOf(key))).Order());
        }
    }

    /// <summary>Returns the matrix keys of the released models' transformers and connectors.</summary>
    private static IEnumerable<(string Component, IReadOnlyList<string> Keys)> ReleasedLayers()
    {
        var manifests = Directory.GetFiles(GoldenRoot.Path("manifest"), "ltx-*b.shapes.json");
        Assert.NotEmpty(manifests);
        foreach (var manifest in manifests)
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(manifest));
            foreach (var (component, part) in new[] { ("transformer", "transformer"), ("connectors", "text_connectors") })
            {
                var keys = json.RootElement.GetProperty("components").GetProperty(part).EnumerateObject().Select(entry => entry.Name)
                    .Where(key => key.EndsWith(".weight", StringComparison.Ordinal) && !key.Contains("_norm", StringComparison.Ordinal))
                    .ToList();
                Assert.NotEmpty(keys);
                yield return (component, keys);
            }
        }
    }
}
