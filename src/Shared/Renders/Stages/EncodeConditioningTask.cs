using System.Text.Json.Serialization;

namespace MlxVideo.Shared.Renders.Stages;

/// <summary>
/// Images to normalised latents at one stage's size, through the VAE encoder. Writes a safetensors file with
/// <c>latent.i</c> (1, C, 1, H/32, W/32) for each image in order.
/// </summary>
public sealed record EncodeConditioningTask : StageTask
{
    /// <summary>The stage's public name.</summary>
    public const string Name = "encode-conditioning";

    /// <summary>Width in pixels that images are scaled and cropped to.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels that images are scaled and cropped to.</summary>
    public required int Height { get; init; }

    /// <summary>Artefacts: the image files.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>Artefact: the latents.</summary>
    public required string Conditioning { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs => Images;

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => [Conditioning];
}
