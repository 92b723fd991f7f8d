using System.Text.Json.Serialization;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Decodes the audio latent: audio VAE decoder, vocoder. Writes a stereo WAV file of 32-bit floats at the vocoder's rate, slightly shorter
/// than the clip (docs/reference/pipelines.md, fact 29).
/// </summary>
public sealed record DecodeAudioStage : Stage
{
    /// <summary>Id of this stage kind.</summary>
    public const string KindId = "decode-audio";

    /// <summary>The clip's audio latent: ranges of the final latents of its parts, in order.</summary>
    public required IReadOnlyList<LatentRange> Latents { get; init; }

    /// <summary>Artefact: the WAV file.</summary>
    public required string Audio { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs => Latents.Select(range => range.Latent).ToList();

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => [Audio];
}

/// <summary>Describes <see cref="DecodeAudioStage"/>.</summary>
internal sealed class DecodeAudioKind : StageKind<DecodeAudioStage>
{
    private const double OperationsPerLatentFrame = 4e9;
    private const double ElementsPerLatentFrame = 4.0 * 512 * 1024;
    private const double BytesPerSecond = 24_000 * 2 * 4;

    /// <inheritdoc/>
    public override string Id => DecodeAudioStage.KindId;

    /// <inheritdoc/>
    public override ModelComponent? Component => ModelComponent.AudioDecoder;

    /// <inheritdoc/>
    public override double AssumedEfficiency => 0.2;

    /// <inheritdoc/>
    protected override double Operations(DecodeAudioStage stage, ClipSize clip) => clip.AudioTokens * OperationsPerLatentFrame;

    /// <inheritdoc/>
    protected override double Activations(DecodeAudioStage stage, ClipSize clip) => clip.AudioTokens * ElementsPerLatentFrame;

    /// <inheritdoc/>
    protected override double Bytes(DecodeAudioStage stage, ClipSize clip) => clip.Seconds * BytesPerSecond;
}
