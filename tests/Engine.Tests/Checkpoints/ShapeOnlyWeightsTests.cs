using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;

namespace MlxVideo.Engine.Tests.Checkpoints;

public sealed class ShapeOnlyWeightsTests
{
    private static readonly ComputeOptions OnMeta = ComputeOptions.CpuFloat32 with { Device = ShapeOnlyWeights.Device };

    [Fact]
    public void Shapes_are_recorded_without_allocating_memory()
    {
        var weights = new ShapeOnlyWeights();
        using var linear = new Linear(new WeightScope(weights, OnMeta, "huge"), 1L << 24, 1L << 24);
        Assert.Equal([1L << 24, 1L << 24], weights.Shapes["huge.weight"]);
        Assert.Equal(["huge.bias", "huge.weight"], weights.Shapes.Keys);
    }

    [Fact]
    public void Key_requested_with_two_shapes_is_refused()
    {
        var weights = new ShapeOnlyWeights();
        weights.Read("a", [1]).Dispose();
        Assert.Throws<CheckpointException>(() => weights.Read("a", [2]));
    }
}
