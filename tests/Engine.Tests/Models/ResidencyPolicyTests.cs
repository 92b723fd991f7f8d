using MlxVideo.Engine.Models;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Tests.Models;

public sealed class ResidencyPolicyTests
{
    private static readonly (ModelComponent Component, long Bytes)[] Loaded =
        [(ModelComponent.TextEncoder, 40), (ModelComponent.Upsampler, 30), (ModelComponent.VideoDecoder, 20)];

    [Theory]
    [InlineData(100, 10)]
    [InlineData(100, 11, ModelComponent.TextEncoder)]
    [InlineData(100, 51, ModelComponent.TextEncoder, ModelComponent.Upsampler)]
    [InlineData(100, 500, ModelComponent.TextEncoder, ModelComponent.Upsampler, ModelComponent.VideoDecoder)]
    public void Least_recently_used_components_are_unloaded_first(long budget, long wanted, params ModelComponent[] unloaded) =>
        Assert.Equal(unloaded, ResidencyPolicy.ComponentsToUnload(Loaded, wanted, budget));

    [Theory]
    [InlineData(110, 10, 10, 30)]
    [InlineData(110, 10, 2, 110)]
    [InlineData(20, 10, 1, 20)]
    public void Minimum_size_is_two_layers_plus_weights_outside_layers(long all, long block, int blocks, long least) =>
        Assert.Equal(least, ResidencyPolicy.MinimumBytes(new StreamableSize(all, block, blocks)));

    [Theory]
    [InlineData(110, null)]
    [InlineData(109, 9)]
    [InlineData(60, 5)]
    [InlineData(12, 2)]
    public void Window_holds_the_layers_that_fit_beside_the_other_weights(long budget, int? window) =>
        Assert.Equal(window, ResidencyPolicy.Window(new StreamableSize(110, 10, 10), budget));

    [Fact]
    public void Weights_get_what_activations_leave_up_to_the_limit()
    {
        var policy = ResidencyPolicy.Of(memory: 8L << 30, gibibytes: 6);
        Assert.Equal(6L << 30, policy.Budget(1L << 30));
        Assert.Equal(5L << 30, policy.Budget(3L << 30));
        Assert.Equal(0, policy.Budget(9L << 30));
        Assert.Equal((long)(0.85 * (8L << 30)), ResidencyPolicy.Of(memory: 8L << 30).TypicalBudget);
        Assert.Equal(6L << 30, policy.TypicalBudget);
    }
}
