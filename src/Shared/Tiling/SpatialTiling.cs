using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Tiling;

/// <summary>Division of a frame into decode tiles, the products of row ranges and column ranges.</summary>
/// <param name="Rows">Ranges of latent rows.</param>
/// <param name="Columns">Ranges of latent columns.</param>
public sealed record SpatialTiling(IReadOnlyList<AxisTile> Rows, IReadOnlyList<AxisTile> Columns)
{
    /// <summary>Length of a tile's long side in latent positions: the official 768 pixels.</summary>
    private const int LongSide = 768 / LatentSize.SpaceScale;

    /// <summary>Overlap of neighbouring tiles in latent positions: the official 64 pixels.</summary>
    private const int Overlap = 64 / LatentSize.SpaceScale;

    /// <summary>Number of tiles.</summary>
    public int Count => Rows.Count * Columns.Count;

    /// <summary>Pixels of the largest tile.</summary>
    public double LargestPixels => (double)Rows.Max(Length) * Columns.Max(Length) * LatentSize.SpaceScale * LatentSize.SpaceScale;

    /// <summary>Returns the tiling of a frame.</summary>
    public static SpatialTiling For(LatentSize size, TilingMode mode = TilingMode.Official)
    {
        if (mode == TilingMode.Official)
            return Official(size);
        var tile = TileSizes.Of(mode).Pixels;
        return new SpatialTiling(SplitOrWhole(size.Height), SplitOrWhole(size.Width));

        IReadOnlyList<AxisTile> SplitOrWhole(int length) => tile is null
            ? [new AxisTile(0, length, 0, 0)]
            : Split(length, tile.Size / LatentSize.SpaceScale, tile.Overlap / LatentSize.SpaceScale);
    }

    /// <summary>
    /// Returns the tiling of the official pipelines: a tile's short side follows the frame's aspect ratio (docs/reference/vae.md,
    /// section 3).
    /// </summary>
    private static SpatialTiling Official(LatentSize size)
    {
        var longest = Math.Max(size.Height, size.Width);
        return new SpatialTiling(Split(size.Height, TileSize(size.Height), Overlap), Split(size.Width, TileSize(size.Width), Overlap));

        int TileSize(int side) => Math.Max((int)Math.Round((double)LongSide * side / longest, MidpointRounding.ToEven), Overlap + 1);
    }

    /// <summary>Returns ranges of at most <paramref name="size"/> positions with a stride of size − overlap.</summary>
    public static IReadOnlyList<AxisTile> Split(int length, int size, int overlap)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(overlap, size);
        if (length <= size)
            return [new AxisTile(0, length, 0, 0)];
        var stride = size - overlap;
        var count = (length + size - 2 * overlap - 1) / stride;
        return Enumerable.Range(0, count).Select(index => new AxisTile(
            index * stride,
            index == count - 1 ? length : index * stride + size,
            index == 0 ? 0 : overlap,
            index == count - 1 ? 0 : overlap)).ToList();
    }

    private static int Length(AxisTile tile) => tile.Stop - tile.Start;
}
