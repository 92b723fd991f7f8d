using System.Runtime.InteropServices;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Clips;

/// <summary>Rules for neighbouring tiles, and the frames that they share.</summary>
internal static class TileBlending
{
    /// <summary>Checks that a tile follows another.</summary>
    /// <param name="before">The previous tile; null for the first.</param>
    /// <exception cref="MediaException">The tiles do not match; the message names the file.</exception>
    public static void RequireFit(DecodedTile? before, DecodedTile tile, FrameWindow window)
    {
        var shared = before?.TailCount ?? 0;
        if (tile.HeadCount != shared)
            throw new MediaException(
                $"Tile {tile.Path} shares {tile.HeadCount} frames with the previous tile, which shares {shared} with it.");
        if (before is not null && (tile.Width, tile.Height) != (before.Width, before.Height))
            throw new MediaException($"Tile {tile.Path} has frames of {tile.Width}x{tile.Height} pixels, but the previous tile of "
                + $"{before.Width}x{before.Height}.");
        if (window.Left < 0 || window.Top < 0 || window.Left + window.Width > tile.Width || window.Top + window.Height > tile.Height)
            throw new MediaException($"Tile {tile.Path} has frames of {tile.Width}x{tile.Height} pixels, too small for "
                + $"{window.Width}x{window.Height} at {window.Left},{window.Top}.");
    }

    /// <summary>Checks that nothing follows a tile.</summary>
    /// <exception cref="MediaException">It shares frames with a next tile.</exception>
    public static void RequireEnd(DecodedTile last)
    {
        if (last.TailCount != 0)
            throw new MediaException(
                $"The last tile {last.Path} has {last.TailCount} frames shared with a next tile, which does not exist.");
    }

    /// <summary>Adds the weighted frames of two tiles in float32 and truncates the sums to 8 bits, as the decoder does.</summary>
    /// <param name="frame">Index among the shared frames.</param>
    /// <param name="buffer">Kept by the caller for the next frame: a frame's values are too large to allocate every time.</param>
    public static void Blend(
        DecodedTile before, DecodedTile after, int frame, FrameWindow window, Span<byte> rgb, ref float[] buffer)
    {
        if (buffer.Length < 2 * rgb.Length)
            buffer = new float[2 * rgb.Length];
        var tail = buffer.AsSpan(0, rgb.Length);
        var head = buffer.AsSpan(rgb.Length, rgb.Length);
        before.ReadTail(frame, window, MemoryMarshal.AsBytes(tail));
        after.ReadHead(frame, window, MemoryMarshal.AsBytes(head));
        for (var i = 0; i < rgb.Length; i++)
        {
            var value = tail[i] + head[i];
            if (!float.IsFinite(value))
                throw new MediaException($"The frames shared by the tiles {before.Path} and {after.Path} have values that are not finite "
                    + "numbers: the tiles are damaged.");
            rgb[i] = ToByte(value);
        }
    }

    /// <summary>Maps −1 to 1 to 0 to 255, truncating (docs/reference/vae.md, section 8).</summary>
    private static byte ToByte(float value) => (byte)(Math.Clamp((value + 1f) / 2f, 0f, 1f) * 255f);
}
