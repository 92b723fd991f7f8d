using System.IO.MemoryMappedFiles;

namespace MlxVideo.Shared.Safetensors;

/// <summary>
/// A memory-mapped safetensors file with a validated header. Data is read on demand and mapped only while it is read: pages that stay
/// mapped would count towards this process's memory in addition to their copies. Safe for concurrent reads.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedFile _map;

    private SafetensorsFile(string path, SafetensorsHeader header, MemoryMappedFile map)
    {
        Path = path;
        Header = header;
        _map = map;
    }

    /// <summary>Path of the file as given.</summary>
    public string Path { get; }

    public SafetensorsHeader Header { get; }

    /// <summary>Opens and validates a file.</summary>
    /// <exception cref="SafetensorsException">The file violates the format.</exception>
    /// <exception cref="IOException">The file can't be opened.</exception>
    public static SafetensorsFile Open(string path)
    {
        // The map takes ownership of the stream: header and data come from the same file even if it is replaced in the meantime.
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            var header = SafetensorsHeader.Read(stream, path);
            return new SafetensorsFile(
                path, header,
                MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Returns the entry of a tensor.</summary>
    /// <exception cref="SafetensorsException">The tensor does not exist.</exception>
    public TensorEntry Entry(string name) =>
        Header.Tensors.TryGetValue(name, out var entry) ? entry : throw new SafetensorsException(Path, $"it has no tensor '{name}'");

    /// <summary>Copies bytes of a tensor's data, starting at <paramref name="start"/>, to <paramref name="destination"/>.</summary>
    public void CopyTo(TensorEntry entry, long start, Span<byte> destination)
    {
        if (start < 0 || start > entry.Length - destination.Length)
            throw new ArgumentOutOfRangeException(
                nameof(start), $"{destination.Length} bytes at {start} exceed tensor '{entry.Name}' of {entry.Length} bytes.");
        if (destination.IsEmpty)
            return; // a view of length 0 would span the whole file
        // A view stream copies whole blocks; the accessor's ReadSpan copies byte by byte and is ten times slower.
        using var view = _map.CreateViewStream(entry.Offset + start, destination.Length, MemoryMappedFileAccess.Read);
        view.ReadExactly(destination);
    }

    /// <summary>Reads a tensor of unmanaged elements into a new array (less than 2 GiB).</summary>
    public T[] ReadArray<T>(string name)
        where T : unmanaged
    {
        var entry = Entry(name);
        var values = new T[entry.Length / System.Runtime.CompilerServices.Unsafe.SizeOf<T>()];
        CopyTo(entry, 0, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <inheritdoc/>
    public void Dispose() => _map.Dispose();
}
