using System.Buffers;
using MlxVideo.Media.Images;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Media.Clips;

/// <summary>Crop window of a frame, in pixels.</summary>
internal readonly record struct FrameWindow(int Left, int Top, int Width, int Height)
{
    /// <summary>Returns the window of the clip that a stage muxes.</summary>
    public static FrameWindow Of(MuxStage stage) => new(stage.CropLeft, stage.CropTop, stage.Width, stage.Height);
}

/// <summary>A file with a decoded tile: <c>frames</c> U8 (n, H, W, 3), optional <c>head</c> and <c>tail</c> F32 (m, H, W, 3).</summary>
internal sealed class DecodedTile : IDisposable
{
    private readonly SafetensorsFile _file;
    private readonly TensorEntry _own;
    private readonly TensorEntry? _head;
    private readonly TensorEntry? _tail;

    public DecodedTile(string path)
    {
        _file = SafetensorsFile.Open(path);
        try
        {
            _own = Require(_file.Entry("frames"), TensorDtype.U8);
            _head = _file.Header.Tensors.TryGetValue("head", out var head) ? Require(head, TensorDtype.F32) : null;
            _tail = _file.Header.Tensors.TryGetValue("tail", out var tail) ? Require(tail, TensorDtype.F32) : null;
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public string Path => _file.Path;

    public int Height => (int)_own.Shape[1];

    public int Width => (int)_own.Shape[2];

    public int OwnCount => (int)_own.Shape[0];

    public int HeadCount => (int)(_head?.Shape[0] ?? 0);

    public int TailCount => (int)(_tail?.Shape[0] ?? 0);

    /// <summary>Reads a window of one of the tile's own frames, row by row.</summary>
    public void ReadOwn(int frame, FrameWindow window, Span<byte> rgb) => Read(_own, frame, window, rgb);

    /// <summary>Reads a window of a frame shared with the previous tile, as the bytes of float32 values.</summary>
    public void ReadHead(int frame, FrameWindow window, Span<byte> values) => Read(_head!, frame, window, values);

    /// <summary>Reads a window of a frame shared with the next tile, as the bytes of float32 values.</summary>
    public void ReadTail(int frame, FrameWindow window, Span<byte> values) => Read(_tail!, frame, window, values);

    public void Dispose() => _file.Dispose();

    private void Read(TensorEntry entry, int frame, FrameWindow window, Span<byte> destination)
    {
        // Uncropped rows are contiguous and are read at once, since every read maps the file.
        var pixel = RgbImage.Channels * entry.Dtype.ElementSize();
        var (row, cropped) = (Width * pixel, window.Width * pixel);
        var start = ((long)frame * Height + window.Top) * row;
        if (row == cropped)
        {
            _file.CopyTo(entry, start, destination);
            return;
        }

        var rows = ArrayPool<byte>.Shared.Rent(window.Height * row);
        try
        {
            _file.CopyTo(entry, start, rows.AsSpan(0, window.Height * row));
            for (var y = 0; y < window.Height; y++)
                rows.AsSpan((y * row) + (window.Left * pixel), cropped).CopyTo(destination[(y * cropped)..]);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rows);
        }
    }

    private TensorEntry Require(TensorEntry entry, TensorDtype dtype)
    {
        var fits = entry.Dtype == dtype && entry.Shape is [_, _, _, RgbImage.Channels] && entry.Shape.All(size => size <= int.MaxValue)
            && (_own is null || (entry.Shape[1] == _own.Shape[1] && entry.Shape[2] == _own.Shape[2]));
        return fits
            ? entry
            : throw new SafetensorsException(Path, $"tensor '{entry.Name}' is {entry.Dtype} [{string.Join(", ", entry.Shape)}], but a "
                + $"decoded tile requires {dtype} frames of RGB pixels, all of the same size");
    }
}
