using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Tiling;

/// <summary>Sizes of decode tiles and of what neighbours share; null where an axis is not divided.</summary>
/// <param name="Pixels">Height and width of a tile in pixels; multiples of 32.</param>
/// <param name="Frames">Pixel frames of a tile; multiples of 8.</param>
internal sealed record TileSizes(TileSize? Pixels, TileSize? Frames)
{
    private static readonly TileSize MediumPixels = new(512, 64);
    private static readonly TileSize MediumFrames = new(64, 24);

    /// <summary>Returns the sizes of a mode, except for the official one, whose tiles follow the frame's aspect ratio.</summary>
    public static TileSizes Of(TilingMode mode) => mode switch
    {
        TilingMode.None => new TileSizes(null, null),
        TilingMode.Default => new TileSizes(MediumPixels, MediumFrames),
        TilingMode.Aggressive => new TileSizes(new TileSize(256, 64), new TileSize(32, 8)),
        TilingMode.Conservative => new TileSizes(new TileSize(768, 64), new TileSize(96, 24)),
        TilingMode.Spatial => new TileSizes(MediumPixels, null),
        TilingMode.Temporal => new TileSizes(null, MediumFrames),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "The mode has no fixed sizes."),
    };
}

/// <summary>Size of a tile along an axis, and its overlap with each neighbour.</summary>
internal sealed record TileSize(int Size, int Overlap);
