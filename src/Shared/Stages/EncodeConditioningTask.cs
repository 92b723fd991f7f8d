using System.Text.Json.Serialization;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Images to normalised latents through the VAE encoder, at the size of every stage that is conditioned: one task, so that
/// all stages of a clip see the same compressed image and the encoder is loaded once.
/// </summary>
public sealed record EncodeConditioningTask : StageTask
{
    /// <summary>The stage's public name.</summary>
    public const string Name = "encode-conditioning";

    /// <summary>Artefacts: the image files.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>How strongly images are compressed as video frames first; 0 for not at all.</summary>
    public required int ImageCrf { get; init; }

    /// <summary>What to write.</summary>
    public required IReadOnlyList<ConditioningTarget> Targets { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs => Images;

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => Targets.Select(target => target.Conditioning).ToList();
}

/// <summary>The conditioning latents of one stage.</summary>
/// <param name="Width">Width in pixels that images are scaled and cropped to.</param>
/// <param name="Height">Height in pixels that images are scaled and cropped to.</param>
/// <param name="Conditioning">Artefact: a safetensors file with <c>latent.i</c> (1, C, 1, H/32, W/32) for each image in order.</param>
public sealed record ConditioningTarget(int Width, int Height, string Conditioning);
