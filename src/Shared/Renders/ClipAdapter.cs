using System.ComponentModel.DataAnnotations;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Renders;

/// <summary>An adapter (LoRA) of a clip.</summary>
/// <param name="File">The safetensors file.</param>
/// <param name="Strength">Factor on the adapter; 0 disables it.</param>
/// <param name="Passes">The denoise passes that use it.</param>
/// <param name="ReferenceDownscale">
/// Factor by which reference videos are smaller than the clip; from the file's metadata <c>reference_downscale_factor</c>.
/// </param>
/// <param name="ReferenceTemporalScale">
/// Factor by which reference videos have fewer frames; from the file's metadata <c>reference_temporal_scale_factor</c>.
/// </param>
public sealed record ClipAdapter(
    BlobRef File,
    [property: Range(-ClipAdapter.MaxStrength, ClipAdapter.MaxStrength)] double Strength = 1,
    AdapterPasses Passes = AdapterPasses.Both,
    [property: Range(1, ClipAdapter.MaxScale)] int ReferenceDownscale = 1,
    [property: Range(1, ClipAdapter.MaxScale)] int ReferenceTemporalScale = 1)
{
    /// <summary>Maximum strength, in either direction.</summary>
    public const double MaxStrength = 10;

    /// <summary>Maximum scale of reference videos.</summary>
    public const int MaxScale = 16;

    /// <summary>True when a denoise pass uses the adapter.</summary>
    public bool AppliesTo(int passIndex) => Strength != 0 && Passes switch
    {
        AdapterPasses.Both => true,
        AdapterPasses.First => passIndex == 1,
        AdapterPasses.Second => passIndex == 2,
        _ => throw new ArgumentOutOfRangeException(nameof(passIndex), Passes, "Unknown passes."),
    };
}

/// <summary>Denoise passes of a clip.</summary>
public enum AdapterPasses
{
    /// <summary>Denoise passes 1 and 2.</summary>
    Both,

    /// <summary>Denoise pass 1.</summary>
    First,

    /// <summary>Denoise pass 2, as for a distilled adapter.</summary>
    Second,
}
