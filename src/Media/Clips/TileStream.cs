using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Media.Clips;

/// <summary>
/// Joins tiles like <see cref="TileJoiner"/>, but while later ones are still being decoded: a tile is opened when its first frame is read,
/// and given up as soon as no later frame needs it. Frames must be read in order.
/// </summary>
/// <param name="stage">The mux stage, with the requested size and its offset in the rendered frames.</param>
/// <param name="count">Number of frames of the clip.</param>
/// <param name="next">Waits for the next tile and returns its file.</param>
/// <param name="release">Called with the file of a tile that is no longer needed.</param>
internal sealed class TileStream(MuxStage stage, int count, Func<string> next, Action<string> release) : IRgbFrames, IDisposable
{
    private readonly FrameWindow _window = FrameWindow.Of(stage);
    private DecodedTile? _before;
    private DecodedTile? _tile;
    private int _first; // index of the tile's first frame
    private int _opened;
    private float[] _blending = [];

    /// <inheritdoc/>
    public int Width => _window.Width;

    /// <inheritdoc/>
    public int Height => _window.Height;

    /// <inheritdoc/>
    public int Count => count;

    /// <inheritdoc/>
    /// <exception cref="DamagedArtefactException">A tile is unusable.</exception>
    public void Read(int index, Span<byte> rgb)
    {
        try
        {
            ReadNext(index, rgb);
        }
        catch (Exception ex) when (ex is MediaException or SafetensorsException)
        {
            throw new DamagedArtefactException(ex.Message, ex);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _before?.Dispose();
        _tile?.Dispose();
    }

    private void ReadNext(int index, Span<byte> rgb)
    {
        while (_tile is null || index >= _first + _tile.HeadCount + _tile.OwnCount)
            Advance();
        var frame = index - _first;
        if (frame < _tile.HeadCount)
        {
            TileBlending.Blend(_before!, _tile, frame, _window, rgb, ref _blending);
            return;
        }

        GiveUp(ref _before);
        _tile.ReadOwn(frame - _tile.HeadCount, _window, rgb);
    }

    private void Advance()
    {
        if (_opened == stage.Tiles.Count)
            throw new MediaException($"The tiles of the clip have fewer than its {count} frames.");
        if (_tile is not null)
            _first += _tile.HeadCount + _tile.OwnCount;
        GiveUp(ref _before);
        _before = _tile;
        _tile = new DecodedTile(next());
        TileBlending.RequireFit(_before, _tile, _window);
        if (++_opened == stage.Tiles.Count)
            TileBlending.RequireEnd(_tile);
    }

    private void GiveUp(ref DecodedTile? tile)
    {
        if (tile is null)
            return;
        var path = tile.Path;
        tile.Dispose();
        tile = null;
        release(path);
    }
}
