using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using MlxVideo.Shared.Tiling;

namespace MlxVideo.Shared.Tests.Stages;

public sealed class TilingModeTests
{
    // 1216 x 704 pixels, 121 frames.
    private static readonly RenderSettings Large = new() { Prompt = "x", Width = 1216, Height = 704, NumFrames = 121 };

    [Theory]
    [InlineData("auto", 2, 4)] // like the official one
    [InlineData("official", 2, 4)]
    [InlineData("none", 1, 1)]
    [InlineData("default", 3, 6)]
    [InlineData("aggressive", 5, 24)]
    [InlineData("conservative", 2, 2)]
    [InlineData("spatial", 1, 6)]
    [InlineData("temporal", 3, 1)]
    public void Mode_determines_the_tiles_of_a_clip(string name, int temporal, int spatial)
    {
        Assert.Null(TilingModes.Read(name, out var mode));
        var stages = Decodes(mode);
        Assert.Equal(temporal, stages.Count);
        Assert.Equal(spatial, SpatialTiling.For(new LatentSize(16, 22, 38), stages[0].Tiling).Count);
        // All frames are covered, and neighbours agree on those that they share.
        Assert.Equal((0, 121), (stages[0].Tile.FrameStart, stages[^1].Tile.FrameStop));
        Assert.All(stages.Zip(stages.Skip(1)), pair => Assert.Equal(pair.First.TailFrames, pair.Second.HeadFrames));
    }

    [Fact]
    public void Smaller_tiles_need_less_memory()
    {
        TilingMode[] bySize = [TilingMode.None, TilingMode.Conservative, TilingMode.Default, TilingMode.Aggressive];
        var elements = bySize.Select(mode => Decodes(mode).Max(stage => StageKinds.Of(stage).ActivationElements(stage, Large))).ToList();
        Assert.Equal(elements.OrderDescending(), elements);
        Assert.Equal(elements.Count, elements.Distinct().Count());
    }

    [Fact]
    public void Unknown_mode_is_refused_with_the_known_ones() => Assert.Equal(
        "Unknown tiling mode 'big': use auto, official, none, default, aggressive, conservative, spatial or temporal.",
        TilingModes.Read("big", out _));

    private static List<DecodeVideoStage> Decodes(TilingMode mode) =>
        StagePlanner.Plan(Large with { Tiling = mode }).Stages.OfType<DecodeVideoStage>().ToList();
}
