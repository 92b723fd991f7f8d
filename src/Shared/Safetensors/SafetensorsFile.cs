using System.IO.MemoryMappedFiles;

namespace MlxVideo.Shared.Safetensors;

/// <summary>
/// A memory-mapped safetensors file whose header was validated. Bytes are read only when asked for, and mapped only while
/// they are read: pages that stayed mapped would count as this process's memory beside the copies made of them. Safe for
/// concurrent reads.
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

    /// <summary>The file's path as given.</summary>
    public string Path { get; }

    /// <summary>The validated header.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>Opens and validates a file.</summary>
    /// <exception cref="SafetensorsException">It breaks the format.</exception>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static SafetensorsFile Open(string path)
    {
        // The map takes the stream over: header and data come from the same file even if another takes its name meanwhile.
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

    /// <summary>The entry of <paramref name="name"/>.</summary>
    /// <exception cref="SafetensorsException">There is no such tensor.</exception>
    public TensorEntry Entry(string name) =>
        Header.Tensors.TryGetValue(name, out var entry) ? entry : throw new SafetensorsException(Path, $"it has no tensor '{name}'");

    /// <summary>Copies bytes of a tensor's data, from <paramref name="start"/> on, into <paramref name="destination"/>.</summary>
    public void CopyTo(TensorEntry entry, long start, Span<byte> destination)
    {
        if (start < 0 || start > entry.Length - destination.Length)
            throw new ArgumentOutOfRangeException(
                nameof(start), $"{destination.Length} bytes at {start} leave tensor '{entry.Name}' of {entry.Length} bytes.");
        if (destination.IsEmpty)
            return; // a view of no bytes would be one of the whole file
        // A view stream copies whole blocks; the accessor's ReadSpan goes byte by byte, ten times slower.
        using var view = _map.CreateViewStream(entry.Offset + start, destination.Length, MemoryMappedFileAccess.Read);
        view.ReadExactly(destination);
    }

    /// <summary>The data of a tensor of unmanaged elements, as a new array (under 2 GiB).</summary>
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
