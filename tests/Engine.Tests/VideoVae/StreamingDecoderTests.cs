using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.VideoVae;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Tiling;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.VideoVae;

/// <summary>Memory use of <see cref="StreamingDecoder"/>: bounded by the tile size, independent of the clip length.</summary>
public sealed class StreamingDecoderTests
{
    private const int TileFrames = 32;
    private const int Channels = 4;
    private const int Side = 2;
    private const int PixelsOfFrame = Side * LatentSize.SpaceScale * Side * LatentSize.SpaceScale;

    private const string Config = """
        {
          "latent_channels": 4, "decoder_base_channels": 2, "norm_layer": "pixel_norm", "causal_decoder": false, "timestep_conditioning": false,
          "encoder_blocks": [],
          "decoder_blocks": [
            ["compress_all", { "multiplier": 2 }],
            ["compress_all", { "multiplier": 2 }],
            ["compress_all", { "multiplier": 2 }],
            ["res_x", { "num_layers": 1 }]
          ]
        }
        """;

    [Theory]
    [InlineData(16)] // at most two tiles overlap
    [InlineData(24)] // more than two overlap: weights are divided by their sum, and the second tile starts with the first
    public void Memory_is_independent_of_clip_length(int overlapFrames)
    {
        var (shorter, longer) = (Peaks(13, overlapFrames), Peaks(25, overlapFrames));
        Assert.Equal(1 + 12 * LatentSize.TimeScale, shorter.Frames);
        Assert.Equal(1 + 24 * LatentSize.TimeScale, longer.Frames);
        Assert.Equal(shorter.Tensors, longer.Tensors);
        Assert.Equal(shorter.Elements, longer.Elements);

        // Every tile but the first starts one latent frame earlier.
        Assert.Equal(3L * PixelsOfFrame * (TileFrames + 1), longer.Elements);
    }

    /// <summary>
    /// Decodes a clip. Between tiles at most <c>Tensors</c> tensors are alive, none with more than <c>Elements</c> elements; together
    /// the two bound the memory.
    /// </summary>
    private static (long Frames, long Tensors, long Elements) Peaks(int latentFrames, int overlapFrames)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var compute = ComputeOptions.CpuFloat32;
        var config = VideoVaeConfig.Parse(ConfigSection.Parse("test", Config));
        using var decoder = new VideoDecoder(new WeightScope(new RandomWeights(1, WeightDistribution.Plain), compute), config);
        var latent = zeros([1, Channels, latentFrames, Side, Side]);
        var tiles = TemporalTiling.Split(latentFrames, TileFrames, overlapFrames);
        var spatial = SpatialTiling.For(new LatentSize(latentFrames, Side, Side));
        var (frames, tensors, elements) = (0L, 0L, 0L);
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        using var watch = TensorScope.Watch(tensor => elements = Math.Max(elements, tensor.numel()));
        new StreamingDecoder(decoder).Decode(latent, tiles, spatial, chunk =>
        {
            frames += chunk.shape[2];
            elements = Math.Max(elements, chunk.numel());
            tensors = Math.Max(tensors, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount - before);
        });
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        return (frames, tensors, elements);
    }
}
