using System.Text.Json.Serialization;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Reads a file's audio from a time on. Writes it as a stereo WAV file of 32-bit floats at the file's rate,
/// and, if requested, as a safetensors file with the normalised <c>audio</c> latent (1, C, T, mel) of its log-mel spectrogram.
/// </summary>
public sealed record EncodeAudioStage : Stage
{
    /// <summary>Id of this stage kind.</summary>
    public const string KindId = "encode-audio";

    /// <summary>Artefact: the audio or video file.</summary>
    public required string File { get; init; }

    /// <summary>Time in seconds at which reading starts.</summary>
    public double Start { get; init; }

    /// <summary>Maximum duration to read, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Number of latent frames; shorter audio is followed by silence if <see cref="MayBeShorter"/>, and an error if not.</summary>
    public required int LatentFrames { get; init; }

    /// <summary>True when audio that ends before the clip is accepted.</summary>
    public bool MayBeShorter { get; init; }

    /// <summary>Artefact: the latent; null when only the samples are needed.</summary>
    public string? Latent { get; init; }

    /// <summary>Artefact: the WAV file; null when only the latent is needed.</summary>
    public string? Audio { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs => [File];

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => new[] { Latent, Audio }.OfType<string>().ToList();
}

/// <summary>Describes <see cref="EncodeAudioStage"/>.</summary>
internal sealed class EncodeAudioKind : StageKind<EncodeAudioStage>
{
    private const double OperationsPerLatentFrame = 1e9;
    private const double ElementsPerLatentFrame = 4.0 * 128 * 64;
    private const double BytesPerSecond = 48_000 * 2 * 4;

    /// <inheritdoc/>
    public override string Id => EncodeAudioStage.KindId;

    /// <inheritdoc/>
    public override ModelComponent? Component => ModelComponent.AudioEncoder;

    /// <inheritdoc/>
    public override bool IsPreparation => true;

    /// <inheritdoc/>
    public override double AssumedEfficiency => 0.2;

    /// <inheritdoc/>
    protected override double Operations(EncodeAudioStage stage, ClipSize clip) => stage.LatentFrames * OperationsPerLatentFrame;

    /// <inheritdoc/>
    protected override double Activations(EncodeAudioStage stage, ClipSize clip) => stage.LatentFrames * ElementsPerLatentFrame;

    /// <inheritdoc/>
    protected override double Bytes(EncodeAudioStage stage, ClipSize clip) => stage.Seconds * BytesPerSecond;
}
