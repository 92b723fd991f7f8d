using MlxVideo.Engine.Weights;

namespace MlxVideo.Engine.Tests.Weights;

public sealed class RuntimeQuantizationTests
{
    private const string Block = "model.diffusion_model.transformer_blocks.3";

    [Theory]
    [InlineData("attn1.to_q.weight", QuantizationScope.VideoSelfAttention)]
    [InlineData("attn2.to_out.0.weight", QuantizationScope.VideoCore)]
    [InlineData("ff.net.0.proj.weight", QuantizationScope.VideoCore)]
    [InlineData("audio_attn1.to_q.weight", QuantizationScope.Core)]
    [InlineData("audio_ff.net.2.weight", QuantizationScope.Core)]
    [InlineData("video_to_audio_attn.to_v.weight", QuantizationScope.Core)]
    [InlineData("audio_to_video_attn.to_v.weight", QuantizationScope.Core)]
    [InlineData("other.weight", QuantizationScope.All)]
    public void Wider_scopes_include_narrower_ones(string layer, QuantizationScope narrowest)
    {
        foreach (var scope in Enum.GetValues<QuantizationScope>())
            Assert.Equal(
                scope >= narrowest, new RuntimeQuantization(new AffineFormat(8, 64), scope).AppliesTo($"{Block}.{layer}", 128, 128));
    }

    [Fact]
    public void Layers_outside_blocks_are_quantized_only_in_scope_all()
    {
        Assert.False(
            new RuntimeQuantization(new AffineFormat(8, 64), QuantizationScope.Core)
                .AppliesTo("model.diffusion_model.patchify_proj.weight", 128, 128));
        Assert.True(
            new RuntimeQuantization(new AffineFormat(8, 64), QuantizationScope.All)
                .AppliesTo("model.diffusion_model.patchify_proj.weight", 128, 128));
    }

    [Theory]
    [InlineData(32, 128)]
    [InlineData(128, 96)]
    public void Layers_with_unsuitable_shapes_stay_dense(long rows, long columns) =>
        Assert.False(new RuntimeQuantization(new AffineFormat(8, 64)).AppliesTo($"{Block}.attn1.to_gate_logits.weight", rows, columns));
}
