using System.Text.Json.Serialization;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// The audio latent to sound: audio VAE decoder, vocoder. Writes a WAV file of 32-bit floats, two channels, at the
/// vocoder's rate; a little shorter than the clip (docs/reference/pipelines.md, fact 29).
/// </summary>
public sealed record DecodeAudioTask : StageTask
{
    /// <summary>The stage's public name.</summary>
    public const string Name = "decode-audio";

    /// <summary>Artefact: the final audio latent.</summary>
    public required string Latent { get; init; }

    /// <summary>Artefact: the WAV file.</summary>
    public required string Sound { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs => [Latent];

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => [Sound];
}
