using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Media.Clips;

/// <summary>
/// Joins the decoded tiles of a clip (see <see cref="DecodeVideoStage"/>) and crops them to the requested size. A tile's own frames are
/// used unchanged; where two tiles overlap, their weighted frames are added. Frames are read on demand, so memory usage is independent of
/// the clip's length.
/// </summary>
public sealed class TileJoiner : IRgbFrames, IDisposable
{
    private readonly List<DecodedTile> _tiles = [];
    private readonly FrameWindow _window;
    private float[] _blending = [];

    /// <summary>Opens the tiles of a clip.</summary>
    /// <param name="stage">The mux stage, with the requested size and its offset in the rendered frames.</param>
    /// <param name="tiles">The tiles' files, in order.</param>
    /// <exception cref="MediaException">The tiles do not match; the message names the file.</exception>
    /// <exception cref="SafetensorsException">A file is damaged.</exception>
    public TileJoiner(MuxStage stage, IReadOnlyList<string> tiles)
    {
        _window = FrameWindow.Of(stage);
        try
        {
            foreach (var path in tiles)
                Add(new DecodedTile(path));
            if (_tiles.Count == 0)
                throw new MediaException("A clip requires at least one decoded tile.");
            TileBlending.RequireEnd(_tiles[^1]);
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
                TileBlending.Blend(_tiles[tile - 1], _tiles[tile], index, _window, rgb, ref _blending);
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
        var before = _tiles.LastOrDefault();
        _tiles.Add(tile);
        TileBlending.RequireFit(before, tile, _window);
        Count += tile.HeadCount + tile.OwnCount;
    }
}
