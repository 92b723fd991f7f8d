using System.Text.Json.Serialization;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Joins the decoded tiles, crops them to the requested size and encodes the clip, with audio if there is any, and with its settings in the
/// container's metadata. Without tiles, it writes the audio as a WAV file. Requires neither a model nor libtorch.
/// </summary>
public sealed record MuxStage : Stage
{
    /// <summary>Id of this stage kind.</summary>
    public const string KindId = "mux";

    /// <summary>Width of the clip in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Height of the clip in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of the rendered frames to crop on the left.</summary>
    public required int CropLeft { get; init; }

    /// <summary>Rows of the rendered frames to crop at the top.</summary>
    public required int CropTop { get; init; }

    /// <summary>Frames per second.</summary>
    public required double Fps { get; init; }

    /// <summary>The clip's settings, which include its encoding, for the manifest.</summary>
    public required RenderSettings Settings { get; init; }

    /// <summary>Artefacts: the decoded tiles, in order; empty for audio alone.</summary>
    public required IReadOnlyList<string> Tiles { get; init; }

    /// <summary>Artefact: the audio as a WAV file; null for a silent clip.</summary>
    public string? Audio { get; init; }

    /// <summary>Artefact: the prompt as the language model rewrote it, for the manifest; null for a clip without enhancement.</summary>
    public string? EnhancedPrompt { get; init; }

    /// <summary>Artefact: the encoded clip.</summary>
    public required string Clip { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs => [.. Tiles, .. new[] { Audio, EnhancedPrompt }.OfType<string>()];

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => [Clip];
}

/// <summary>Describes <see cref="MuxStage"/>.</summary>
internal sealed class MuxKind : StageKind<MuxStage>
{
    // x264 and frame conversion.
    private const double OperationsPerPixelFrame = 2e4;

    /// <inheritdoc/>
    public override string Id => MuxStage.KindId;

    /// <inheritdoc/>
    public override ModelComponent? Component => null;

    /// <inheritdoc/>
    public override double AssumedEfficiency => 0.1;

    /// <inheritdoc/>
    protected override double Operations(MuxStage stage, ClipSize clip) =>
        stage.Tiles.Count == 0 ? 0 : clip.Pixels * clip.NumFrames * OperationsPerPixelFrame;

    /// <inheritdoc/>
    protected override double Activations(MuxStage stage, ClipSize clip) => 0;

    /// <inheritdoc/>
    protected override double Bytes(MuxStage stage, ClipSize clip) => 0;
}
