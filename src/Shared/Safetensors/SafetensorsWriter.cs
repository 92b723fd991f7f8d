using System.Buffers.Binary;
using System.Text.Json;

namespace MlxVideo.Shared.Safetensors;

/// <summary>A tensor to write: its description and a function that writes exactly its bytes (row-major, little-endian).</summary>
public sealed record TensorToWrite(string Name, TensorDtype Dtype, IReadOnlyList<long> Shape, Action<Stream> WriteData)
{
    /// <summary>Creates a tensor from elements in memory.</summary>
    public static TensorToWrite Of<T>(string name, TensorDtype dtype, IReadOnlyList<long> shape, ReadOnlyMemory<T> values)
        where T : unmanaged =>
        new(name, dtype, shape, stream => stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.Span)));
}

/// <summary>
/// Writes safetensors files. The bytes depend only on names, values and metadata, since tensors and metadata are sorted by name. The file
/// is renamed to its final name only when complete.
/// </summary>
public static class SafetensorsWriter
{
    /// <summary>Writes <paramref name="tensors"/> to <paramref name="path"/>.</summary>
    public static void Write(string path, IEnumerable<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var partial = path + ".partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
                Write(stream, tensors, metadata);
            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static void Write(FileStream stream, IEnumerable<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var sorted = tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).ToList();
        var header = HeaderJson(sorted, metadata);
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (var tensor in sorted)
        {
            var end = stream.Position + DataLength(tensor);
            tensor.WriteData(stream);
            if (stream.Position != end)
                throw new InvalidOperationException(
                    $"Tensor '{tensor.Name}' wrote {stream.Position - end + DataLength(tensor)} bytes instead of {DataLength(tensor)}.");
        }
    }

    private static byte[] HeaderJson(List<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            long offset = 0;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Dtype.ToString());
                json.WriteStartArray("shape");
                foreach (var size in tensor.Shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += DataLength(tensor));
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' '); // aligns the data to 8 bytes, like other writers
        return buffer.ToArray();
    }

    private static long DataLength(TensorToWrite tensor) =>
        tensor.Shape.Aggregate(1L, (product, size) => checked(product * size)) * tensor.Dtype.ElementSize();
}
