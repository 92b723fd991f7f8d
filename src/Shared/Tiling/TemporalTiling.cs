using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Tiling;

/// <summary>Divides a clip into temporal decode tiles. The tiles depend on the clip alone, not on the worker that decodes them.</summary>
public static class TemporalTiling
{
    /// <summary>Pixel frames per tile: the official default.</summary>
    public const int DefaultTileFrames = 80;

    /// <summary>Pixel frames shared by neighbouring tiles: the official default.</summary>
    public const int DefaultOverlapFrames = 24;

    /// <summary>Returns the tiles of a latent in a mode.</summary>
    /// <param name="latentFrames">Latent frames of the clip.</param>
    public static IReadOnlyList<TemporalTile> For(int latentFrames, TilingMode mode)
    {
        if (mode == TilingMode.Official)
            return Split(latentFrames);
        // A clip that is as long as an inner tile, which starts one latent frame early, needs no more memory undivided.
        return TileSizes.Of(mode).Frames is { } tile && latentFrames > tile.Size / LatentSize.TimeScale + 1
            ? Split(latentFrames, tile.Size, tile.Overlap)
            : [new TemporalTile(0, 0, latentFrames, 0, 0)];
    }

    /// <summary>
    /// Returns the tiles of a latent, with a stride of tile − overlap. Every tile after the first starts one latent frame earlier, which
    /// replaces the 7 pixel frames that a decode loses at its start.
    /// </summary>
    /// <param name="latentFrames">Latent frames of the clip.</param>
    /// <param name="tileFrames">Pixel frames per tile, a multiple of 8.</param>
    /// <param name="overlapFrames">Pixel frames shared by neighbours, a multiple of 8 below <paramref name="tileFrames"/>.</param>
    public static IReadOnlyList<TemporalTile> Split(
        int latentFrames, int tileFrames = DefaultTileFrames, int overlapFrames = DefaultOverlapFrames)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(latentFrames);
        var size = tileFrames / LatentSize.TimeScale;
        var overlap = overlapFrames / LatentSize.TimeScale;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(overlap, size, nameof(overlapFrames));
        if (latentFrames <= size)
            return [new TemporalTile(0, 0, latentFrames, 0, 0)];

        var stride = size - overlap;
        var count = (latentFrames + size - 2 * overlap - 1) / stride;
        return Enumerable.Range(0, count).Select(index => new TemporalTile(
            index,
            LatentStart: index == 0 ? 0 : index * stride - 1,
            LatentStop: index == count - 1 ? latentFrames : index * stride + size,
            LeftRamp: index == 0 ? 0 : overlap + 1,
            RightRamp: index == count - 1 ? 0 : overlap)).ToList();
    }
}
