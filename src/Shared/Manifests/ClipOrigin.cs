namespace MlxVideo.Shared.Manifests;

/// <summary>What rendered a clip's frames, apart from its settings: together they determine the bits.</summary>
/// <param name="Model">Digest of the model's files.</param>
/// <param name="ModelName">Display name of the model; null when unknown.</param>
/// <param name="Arithmetic">
/// Processor, device, dtype, kernels and threads: <c>arm64 mps bfloat16 metal-safe 1</c>. They determine rounding.
/// </param>
public sealed record ClipOrigin(string Model, string? ModelName, string Arithmetic)
{
    /// <summary>Adapters in the loaded weights, in order; null for none.</summary>
    public IReadOnlyList<LoadedAdapter>? Adapters { get; init; }

    /// <summary>Bits and group size to which weights were quantized while loading: <c>4:64</c>; null for none.</summary>
    public string? Quantization { get; init; }
}

/// <summary>An adapter in the loaded weights.</summary>
/// <param name="Name">Name of its file.</param>
/// <param name="Digest">SHA-256 of its file.</param>
/// <param name="Strength">Factor of its change of the weights.</param>
public sealed record LoadedAdapter(string Name, string Digest, double Strength);
