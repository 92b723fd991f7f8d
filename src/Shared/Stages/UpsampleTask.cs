using System.Text.Json.Serialization;

namespace MlxVideo.Shared.Stages;

/// <summary>Doubles a normalised video latent in height and width: un-normalise, latent upsampler, normalise.</summary>
public sealed record UpsampleTask : StageTask
{
    /// <summary>The stage's public name.</summary>
    public const string Name = "upsample";

    /// <summary>Artefact: the latent to upsample.</summary>
    public required string Latent { get; init; }

    /// <summary>Artefact: a safetensors file with the upsampled <c>video</c> latent.</summary>
    public required string Upsampled { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs => [Latent];

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => [Upsampled];
}
