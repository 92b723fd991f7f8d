using System.Buffers.Binary;
using System.Text.Json;
using MlxVideo.Shared.Files;

namespace MlxVideo.Shared.Safetensors;

/// <summary>
/// The header of a safetensors file: a length of 8 bytes, little-endian, then a JSON object of tensors and string metadata. Length, JSON,
/// dtypes, shapes, sizes, overlaps and gaps are validated before use.
/// </summary>
public sealed record SafetensorsHeader(IReadOnlyDictionary<string, TensorEntry> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The format's limit on the JSON object, in bytes.</summary>
    public const long MaxJsonLength = 100_000_000;

    private const string MetadataKey = "__metadata__";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads and validates the header of <paramref name="file"/>.</summary>
    /// <exception cref="SafetensorsException">The file violates the format; the message states where.</exception>
    public static SafetensorsHeader Read(Stream file, string path)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (file.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
            throw Unreadable($"it has {file.Length} bytes, fewer than the 8 of the header length; download it again");
        var jsonLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (jsonLength > MaxJsonLength)
            throw Unreadable($"its header claims {jsonLength} bytes, over the format's limit of {MaxJsonLength}; download it again");
        if (8 + (long)jsonLength > file.Length)
            throw Unreadable($"its header claims {jsonLength} bytes but the file has only {file.Length}; it is truncated, copy it again");

        var json = new byte[jsonLength];
        file.ReadExactly(json);
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return Parse(document.RootElement, 8 + (long)jsonLength, file.Length, path);
        }
        catch (JsonException ex)
        {
            throw Unreadable($"its header is not valid JSON ({ex.Message})", ex);
        }
        catch (InvalidOperationException ex)
        {
            throw new SafetensorsException(path, $"its header has a value of the wrong type ({ex.Message})", ex);
        }

        // Files of a recognizably different kind are reported as such.
        SafetensorsException Unreadable(string error, Exception? inner = null) =>
            new(path, ForeignContent.Of(file) is { } foreign ? $"it is {foreign}" : error, inner);
    }

    private static SafetensorsHeader Parse(JsonElement root, long dataStart, long fileLength, string path)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new SafetensorsException(path, "its header is not a JSON object");

        var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name == MetadataKey)
            {
                foreach (var entry in property.Value.EnumerateObject())
                    metadata[entry.Name] = entry.Value.GetString()
                        ?? throw new SafetensorsException(path, $"metadata '{entry.Name}' is null");
            }
            else
            {
                tensors.Add(property.Name, ParseTensor(property, dataStart, path));
            }
        }

        RequireContiguous(tensors.Values, dataStart, fileLength, path);
        return new SafetensorsHeader(tensors, metadata);
    }

    private static TensorEntry ParseTensor(JsonProperty property, long dataStart, string path)
    {
        SafetensorsException Error(string what) => new(path, $"tensor '{property.Name}' {what}");

        if (property.Value.ValueKind != JsonValueKind.Object
            || !property.Value.TryGetProperty("dtype", out var dtypeJson)
            || !property.Value.TryGetProperty("shape", out var shapeJson)
            || !property.Value.TryGetProperty("data_offsets", out var offsetsJson)
            || shapeJson.ValueKind != JsonValueKind.Array
            || offsetsJson.ValueKind != JsonValueKind.Array
            || offsetsJson.GetArrayLength() != 2)
        {
            throw Error("lacks dtype, shape or data_offsets");
        }

        var dtypeName = dtypeJson.GetString();
        if (!Enum.TryParse<TensorDtype>(dtypeName, ignoreCase: false, out var dtype) || !Enum.IsDefined(dtype)
            || dtype.ToString() != dtypeName)
            throw Error($"has the unknown dtype '{dtypeName}'");

        var shape = new long[shapeJson.GetArrayLength()];
        long elements = 1;
        for (var i = 0; i < shape.Length; i++)
        {
            if (!shapeJson[i].TryGetInt64(out shape[i]) || shape[i] < 0)
                throw Error("has a dimension that is not a non-negative integer");
            try
            {
                elements = checked(elements * shape[i]);
            }
            catch (OverflowException)
            {
                throw Error("has more elements than a file can hold");
            }
        }

        if (!offsetsJson[0].TryGetInt64(out var begin) || !offsetsJson[1].TryGetInt64(out var end)
            || begin < 0 || end < begin || end > long.MaxValue - dataStart)
        {
            throw Error("has data_offsets that are not a valid byte range");
        }

        if (elements > long.MaxValue / dtype.ElementSize() || elements * dtype.ElementSize() != end - begin)
            throw Error($"has {end - begin} bytes of data, which do not match shape [{string.Join(", ", shape)}] and dtype {dtype}");
        return new TensorEntry(property.Name, dtype, shape, dataStart + begin, end - begin);
    }

    private static void RequireContiguous(IEnumerable<TensorEntry> tensors, long dataStart, long fileLength, string path)
    {
        var next = dataStart;
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.Length))
        {
            if (tensor.Offset < next)
                throw new SafetensorsException(path, $"tensor '{tensor.Name}' overlaps the preceding one");
            if (tensor.Offset > next)
                throw new SafetensorsException(
                    path, $"{tensor.Offset - next} bytes before tensor '{tensor.Name}' do not belong to any tensor");
            next = tensor.Offset + tensor.Length;
        }

        if (next > fileLength)
            throw new SafetensorsException(
                path, $"it has {fileLength} bytes but its header requires {next}; it is truncated, copy it again");
        if (next < fileLength)
            throw new SafetensorsException(path, $"{fileLength - next} bytes at its end do not belong to any tensor");
    }
}
