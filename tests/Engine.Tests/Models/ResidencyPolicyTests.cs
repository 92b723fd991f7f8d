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
        Assert.Equal(unloaded, new ResidencyPolicy(budget).ComponentsToUnload(Loaded, wanted));

    [Theory]
    [InlineData(110, 10, 10, 30)]
    [InlineData(110, 10, 2, 110)]
    [InlineData(20, 10, 1, 20)]
    public void Minimum_transformer_size_is_two_blocks_plus_weights_outside_blocks(long all, long block, int blocks, long least) =>
        Assert.Equal(least, ResidencyPolicy.MinimumBytes(all, block, blocks));
}
