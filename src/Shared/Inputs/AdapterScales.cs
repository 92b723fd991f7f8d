using System.Globalization;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Shared.Inputs;

/// <summary>Scales of the reference videos that an in-context adapter was trained with; 1 for other adapters.</summary>
/// <param name="Downscale">Factor by which references are smaller than the clip.</param>
/// <param name="Temporal">Factor by which references have fewer frames than the clip.</param>
public sealed record AdapterScales(int Downscale, int Temporal)
{
    /// <summary>Reads the scales from an adapter's metadata.</summary>
    /// <exception cref="SafetensorsException">The file is damaged, or a scale is invalid.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static AdapterScales Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return new AdapterScales(Scale(file, path, "reference_downscale_factor"), Scale(file, path, "reference_temporal_scale_factor"));
    }

    private static int Scale(SafetensorsFile file, string path, string name)
    {
        if (!file.Header.Metadata.TryGetValue(name, out var text))
            return 1;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var scale)
            && scale is >= 1 and <= ClipAdapter.MaxScale
            ? scale
            : throw new SafetensorsException(
                path, $"its metadata '{name}' is '{text}' instead of a whole number from 1 to {ClipAdapter.MaxScale}");
    }
}
