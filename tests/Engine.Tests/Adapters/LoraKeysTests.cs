using System.Text.Json;
using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Tests.Golden;

namespace MlxVideo.Engine.Tests.Adapters;

public sealed class LoraKeysTests
{
    private const string Query = "model.diffusion_model.transformer_blocks.0.attn1.to_q.weight";
    private const string Output = "model.diffusion_model.transformer_blocks.0.audio_attn1.to_out.0.weight";

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
    [InlineData("transformer_blocks.0.ff.proj_in.lora_A.weight", "model.diffusion_model.transformer_blocks.0.ff.net.0.proj.weight", LoraFactor.Down)]
    [InlineData("transformer_blocks.0.audio_ff.proj_out.lora_A.weight", "model.diffusion_model.transformer_blocks.0.audio_ff.net.2.weight", LoraFactor.Down)]
    [InlineData("transformer.proj_in.lora_A.weight", "model.diffusion_model.patchify_proj.weight", LoraFactor.Down)]
    [InlineData("transformer.audio_proj_in.lora_A.weight", "model.diffusion_model.audio_patchify_proj.weight", LoraFactor.Down)]
    [InlineData("transformer.time_embed.emb.timestep_embedder.linear_1.lora_A.weight", "model.diffusion_model.adaln_single.emb.timestep_embedder.linear_1.weight", LoraFactor.Down)]
    [InlineData("adaln_single.emb.timestep_embedder.linear1.lora_A.weight", "model.diffusion_model.adaln_single.emb.timestep_embedder.linear_1.weight", LoraFactor.Down)]
    [InlineData("text_embedding_projection.aggregate_embed.lora_A.weight", "text_embedding_projection.aggregate_embed.weight", LoraFactor.Down)]
    public void All_key_styles_name_the_checkpoints_layer(string key, string weight, LoraFactor expected)
    {
        Assert.True(LoraKeys.TryParse(key, out var layer, out var factor));
        Assert.Equal(LoraKeys.LayerOf(weight), layer);
        Assert.Equal(expected, factor);
    }

    [Theory]
    [InlineData("transformer_blocks.0.attn1.to_q.weight")]
    [InlineData("transformer_blocks.0.attn1.to_q.dora_scale")]
    [InlineData("transformer_blocks.0.attn1.to_q.diff")]
    public void Other_keys_are_told_apart(string key) => Assert.False(LoraKeys.TryParse(key, out _, out _));

    [Fact]
    public void Different_layers_of_the_released_models_have_different_names()
    {
        var manifests = Directory.GetFiles(GoldenRoot.Path("manifest"), "ltx-*b.shapes.json");
        Assert.NotEmpty(manifests);
        foreach (var manifest in manifests)
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(manifest));
            var keys = new[] { "transformer", "text_connectors" }
                .SelectMany(part => json.RootElement.GetProperty("components").GetProperty(part).EnumerateObject().Select(entry => entry.Name)).Distinct().ToList();
            Assert.NotEmpty(keys);
            Assert.Equal(keys.Count, keys.Select(LoraKeys.LayerOf).Distinct().Count());
            Assert.Equal(
                keys.Where(key => key.Contains("connector", StringComparison.Ordinal) || key.StartsWith("text_", StringComparison.Ordinal)).Order(),
                keys.Where(key => LoraKeys.IsOfConnectors(LoraKeys.LayerOf(key))).Order());
        }
    }
}
