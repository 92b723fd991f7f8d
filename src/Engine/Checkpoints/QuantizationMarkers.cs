using System.Text;
using System.Text.Json;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Quantization formats declared in a file: ComfyUI's <c>comfy_quant</c> tensors and <c>_quantization_metadata</c>, and tensors that
/// only one tool writes. Unsupported formats are rejected by name, because their weights would otherwise be misread or reported as
/// damaged.
/// </summary>
internal static class QuantizationMarkers
{
    private const string MetadataKey = "_quantization_metadata";
    private const int LongestDescription = 1 << 16;

    /// <summary>ComfyUI's names of the supported formats: 8-bit floats with one scale.</summary>
    private static readonly string[] ReadableFormats = ["float8_e4m3fn", "float8_e5m2"];

    /// <summary>ComfyUI's flags that change the meaning of the values: rotated weights.</summary>
    private static readonly string[] ForeignFlags = ["convrot", "hadamard"];

    private static readonly (string Suffix, string Format)[] ForeignTensors =
    [
        (".quant_state.bitsandbytes__nf4", "bitsandbytes NF4"), (".quant_state.bitsandbytes__fp4", "bitsandbytes FP4"),
        (".SCB", "bitsandbytes 8-bit"),
        (".qweight", "GPTQ or AWQ"), (".weight_packed", "compressed-tensors"), (".weight_scale_2", "NVFP4"),
        (".weight_scale_inv", "block-wise fp8"), (".qzeros", "GPTQ or AWQ"),
    ];

    /// <summary>Rejects a file with weights in an unsupported format.</summary>
    /// <exception cref="CheckpointException">Names the format and a layer.</exception>
    public static void RequireReadable(SafetensorsFile file)
    {
        foreach (var (key, entry) in file.Header.Tensors)
        {
            if (ForeignTensors.FirstOrDefault(
                tensor => key.EndsWith(tensor.Suffix, StringComparison.Ordinal)) is { Format: { } format, Suffix: { } suffix })
                throw Unreadable(file, format, key[..^suffix.Length]);
            if (IsDescription(key, entry))
                RequireReadable(file, key, Encoding.UTF8.GetString(file.ReadArray<byte>(key)));
        }

        if (file.Header.Metadata.TryGetValue(MetadataKey, out var json)
            && ConfigSection.Parse($"{file.Path}: {MetadataKey}", json) is var metadata && metadata.Has("layers"))
        {
            foreach (var layer in metadata.Section("layers").Json.EnumerateObject())
                RequireReadable(file, layer.Name, layer.Value);
        }
    }

    private static bool IsDescription(string key, TensorEntry entry) =>
        key.EndsWith("." + MarkerTensors.ComfyQuant, StringComparison.Ordinal) && entry.Dtype == TensorDtype.U8 && entry.Length is > 0
            and <= LongestDescription;

    private static void RequireReadable(SafetensorsFile file, string key, string description)
    {
        try
        {
            using var json = JsonDocument.Parse(description.TrimEnd('\0'));
            RequireReadable(file, key[..^(MarkerTensors.ComfyQuant.Length + 1)], json.RootElement);
        }
        catch (JsonException ex)
        {
            throw new CheckpointException(
                $"{file.Path}: '{key}' is a quantization description that can't be parsed ({ex.Message}).", ex);
        }
    }

    /// <param name="description">The format's name, or an object with the name and flags.</param>
    private static void RequireReadable(SafetensorsFile file, string layer, JsonElement description)
    {
        var format = description.ValueKind switch
        {
            JsonValueKind.String => description.GetString(),
            JsonValueKind.Object when description.TryGetProperty("format", out var name) && name.ValueKind == JsonValueKind.String =>
                name.GetString(),
            _ => null,
        };
        if (format is not null && !ReadableFormats.Contains(format))
            throw Unreadable(file, format, layer);
        var flag = description.ValueKind != JsonValueKind.Object ? null
            : ForeignFlags.FirstOrDefault(flag => description.TryGetProperty(flag, out var value) && value.ValueKind == JsonValueKind.True);
        if (flag is not null)
            throw Unreadable(file, $"{format} with {flag}", layer);
    }

    private static CheckpointException Unreadable(SafetensorsFile file, string format, string layer) => new(
        $"{file.Path} holds weights in the quantization format {format} ('{layer}'), which is not supported; use a file in bfloat16, in "
            + "fp8 with one scale for each weight, or packed by MLX.");
}
