using System.Runtime.InteropServices;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Images;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Media.Clips;

/// <summary>
/// Joins the decoded tiles of a clip (see <see cref="DecodeVideoStage"/>) and crops them to the requested size. A tile's own frames are
/// used unchanged; where two tiles overlap, their weighted frames are added in float32 and truncated to 8 bits, as in the decoder. Frames
/// are read on demand, so memory usage is independent of the clip's length.
/// </summary>
public sealed class TileJoiner : IRgbFrames, IDisposable
{
    private readonly List<DecodedTile> _tiles = [];
    private readonly FrameWindow _window;

    /// <summary>Opens the tiles of a clip.</summary>
    /// <param name="stage">The mux stage, with the requested size and its offset in the rendered frames.</param>
    /// <param name="tiles">The tiles' files, in order.</param>
    /// <exception cref="MediaException">The tiles do not match; the message names the file.</exception>
    /// <exception cref="SafetensorsException">A file is damaged.</exception>
    public TileJoiner(MuxStage stage, IReadOnlyList<string> tiles)
    {
        _window = new FrameWindow(stage.CropLeft, stage.CropTop, stage.Width, stage.Height);
        try
        {
            foreach (var path in tiles)
                Add(new DecodedTile(path));
            if (_tiles.Count == 0)
                throw new MediaException("A clip requires at least one decoded tile.");
            if (_tiles[^1].TailCount != 0)
                throw new MediaException(
                    $"The last tile {_tiles[^1].Path} has {_tiles[^1].TailCount} frames shared with a next tile, which does not exist.");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Width => _window.Width;

    /// <inheritdoc/>
    public int Height => _window.Height;

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public void Read(int index, Span<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        for (var tile = 0; ; tile++)
        {
            var (head, own) = (_tiles[tile].HeadCount, _tiles[tile].OwnCount);
            if (index < head)
            {
                Blend(_tiles[tile - 1], _tiles[tile], index, rgb);
                return;
            }

            if (index < head + own)
            {
                _tiles[tile].ReadOwn(index - head, _window, rgb);
                return;
            }

            index -= head + own;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tile in _tiles)
            tile.Dispose();
    }

    private void Add(DecodedTile tile)
    {
        var shared = _tiles.Count == 0 ? 0 : _tiles[^1].TailCount;
        _tiles.Add(tile);
        if (tile.HeadCount != shared)
            throw new MediaException(
                $"Tile {tile.Path} shares {tile.HeadCount} frames with the previous tile, which shares {shared} with it.");
        if ((tile.Width, tile.Height) != (_tiles[0].Width, _tiles[0].Height))
            throw new MediaException($"Tile {tile.Path} has frames of {tile.Width}x{tile.Height} pixels, but the first tile of "
                + $"{_tiles[0].Width}x{_tiles[0].Height}.");
        if (_window.Left < 0 || _window.Top < 0 || _window.Left + Width > tile.Width || _window.Top + Height > tile.Height)
            throw new MediaException($"Tile {tile.Path} has frames of {tile.Width}x{tile.Height} pixels, too small for {Width}x{Height} at "
                + $"{_window.Left},{_window.Top}.");
        Count += tile.HeadCount + tile.OwnCount;
    }

    private void Blend(DecodedTile before, DecodedTile after, int frame, Span<byte> rgb)
    {
        var (tail, head) = (new float[rgb.Length], new float[rgb.Length]);
        before.ReadTail(frame, _window, MemoryMarshal.AsBytes(tail.AsSpan()));
        after.ReadHead(frame, _window, MemoryMarshal.AsBytes(head.AsSpan()));
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
