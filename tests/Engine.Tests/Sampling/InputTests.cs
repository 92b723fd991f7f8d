using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Conditioning;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Sampling;

/// <summary>Input that does not fit is refused in a sentence that says what was given and what is needed.</summary>
public sealed class InputTests
{
    private static readonly VideoGrid Grid = new(new LatentSize(3, 2, 3), 4, 24);

    [Fact]
    public void A_latent_of_another_size_cannot_be_started_from()
    {
        var fault = Assert.Throws<ArgumentException>(() => Grid.State(zeros([1, 4, 3, 2, 2])));
        Assert.Contains("[1, 4, 3, 2, 2]", fault.Message);
        Assert.Contains("[1, 4, 3, 2, 3]", fault.Message);
    }

    [Fact]
    public void An_image_of_another_size_cannot_replace_frames() =>
        Assert.Throws<ArgumentException>(() => new ReplaceLatentFrames(zeros([1, 4, 1, 2, 2]), 0, 1).Apply(Grid.State(), Grid));

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public void Frames_outside_the_latent_cannot_be_replaced(int frame)
    {
        var fault =
            Assert.Throws<ArgumentException>(() => new ReplaceLatentFrames(zeros([1, 4, 1, 2, 3]), frame, 1).Apply(Grid.State(), Grid));
        Assert.Contains("3 frames", fault.Message);
    }

    [Fact]
    public void A_configuration_of_another_architecture_is_refused()
    {
        var fault = Assert.Throws<CheckpointException>(() => TinyTransformer.Parse("""{"rope_type": "learned"}"""));
        Assert.Contains("rope_type 'learned'", fault.Message);
    }

    [Fact]
    public void A_configuration_without_heads_is_refused()
    {
        var fault = Assert.Throws<CheckpointException>(() => TinyTransformer.Parse("""{"num_layers": 2}"""));
        Assert.Contains("num_attention_heads", fault.Message);
    }

    [Fact]
    public void A_step_from_sigma_zero_is_refused() =>
        Assert.Throws<ArgumentException>(() => EulerStep.Apply(zeros(1, 2, 3), zeros(1, 2, 3), 0, 0));

    [Fact]
    public void A_transformer_needs_tokens()
    {
        using var transformer = TinyTransformer.Build();
        Assert.Throws<ArgumentException>(() => transformer.Forward(null, null));
    }

    [Fact]
    public void One_step_goes_from_noise_to_the_end() => Assert.Equal([1f, 0f], Ltx2Schedule.Sigmas(1));
}
