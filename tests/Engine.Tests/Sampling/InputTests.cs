using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Conditioning;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Sampling;

/// <summary>Invalid input is refused in one sentence that states the given and the required values.</summary>
public sealed class InputTests
{
    private static readonly VideoGrid Grid = new(new LatentSize(3, 2, 3), 4, 24);

    [Fact]
    public void Initial_latent_of_the_wrong_size_is_refused()
    {
        var ex = Assert.Throws<ArgumentException>(() => Grid.State(zeros([1, 4, 3, 2, 2])));
        Assert.Contains("[1, 4, 3, 2, 2]", ex.Message);
        Assert.Contains("[1, 4, 3, 2, 3]", ex.Message);
    }

    [Fact]
    public void Image_latent_of_the_wrong_size_is_refused() =>
        Assert.Throws<ArgumentException>(() => new ReplaceLatentFrames(zeros([1, 4, 1, 2, 2]), 0, 1).Apply(Grid.State(), Grid));

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public void Replacing_frames_outside_the_latent_is_refused(int frame)
    {
        var ex =
            Assert.Throws<ArgumentException>(() => new ReplaceLatentFrames(zeros([1, 4, 1, 2, 3]), frame, 1).Apply(Grid.State(), Grid));
        Assert.Contains("3 frames", ex.Message);
    }

    [Fact]
    public void Configuration_of_an_unknown_architecture_is_refused()
    {
        var ex = Assert.Throws<CheckpointException>(() => TinyTransformer.Parse("""{"rope_type": "learned"}"""));
        Assert.Contains("rope_type 'learned'", ex.Message);
    }

    [Fact]
    public void Configuration_without_attention_heads_is_refused()
    {
        var ex = Assert.Throws<CheckpointException>(() => TinyTransformer.Parse("""{"num_layers": 2}"""));
        Assert.Contains("num_attention_heads", ex.Message);
    }

    [Fact]
    public void Step_from_sigma_zero_is_refused() =>
        Assert.Throws<ArgumentException>(() => EulerStep.Apply(zeros(1, 2, 3), zeros(1, 2, 3), 0, 0));

    [Fact]
    public void Transformer_evaluation_without_tokens_is_refused()
    {
        using var transformer = TinyTransformer.Build();
        Assert.Throws<ArgumentException>(() => transformer.Forward(null, null));
    }

    [Fact]
    public void Schedule_of_one_step_goes_from_sigma_one_to_zero() => Assert.Equal([1f, 0f], Ltx2Schedule.Sigmas(1));
}
