using MlxVideo.Media.Images;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Media.Clips;

/// <summary>The file of one decoded tile: <c>frames</c> U8 (n, H, W, 3), <c>head</c> and <c>tail</c> F32 (m, H, W, 3) or absent.</summary>
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

    /// <summary>Part of a row of one of the tile's own frames, from a column on.</summary>
    public void ReadOwn(int frame, int row, int column, Span<byte> rgb) => Read(_own, frame, row, column, rgb);

    /// <summary>Part of a row of a frame shared with the tile before, as the bytes of float32 values.</summary>
    public void ReadHead(int frame, int row, int column, Span<byte> values) => Read(_head!, frame, row, column, values);

    /// <summary>Part of a row of a frame shared with the tile after.</summary>
    public void ReadTail(int frame, int row, int column, Span<byte> values) => Read(_tail!, frame, row, column, values);

    public void Dispose() => _file.Dispose();

    private void Read(TensorEntry entry, int frame, int row, int column, Span<byte> destination)
    {
        var element = ((long)frame * Height + row) * Width + column;
        _file.CopyTo(entry, element * RgbImage.Channels * entry.Dtype.ElementSize(), destination);
    }

    private TensorEntry Require(TensorEntry entry, TensorDtype dtype)
    {
        var fits = entry.Dtype == dtype && entry.Shape is [_, _, _, RgbImage.Channels] && entry.Shape.All(size => size <= int.MaxValue)
            && (_own is null || (entry.Shape[1] == _own.Shape[1] && entry.Shape[2] == _own.Shape[2]));
        return fits
            ? entry
            : throw new SafetensorsException(Path, $"tensor '{entry.Name}' is {entry.Dtype} [{string.Join(", ", entry.Shape)}] where a decoded tile has {dtype} frames of RGB pixels, all of one size");
    }
}
