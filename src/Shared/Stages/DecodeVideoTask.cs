using System.Text.Json.Serialization;
using MlxVideo.Shared.Tiling;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// One temporal tile from latent to frames. Writes a safetensors file with <c>frames</c> U8 (n, H, W, 3), which no other
/// tile touches, and the float frames that it shares with its neighbours, already weighted: <c>head</c> and <c>tail</c>
/// F32 (m, H, W, 3), raw decoder range −1 to 1, absent where the tile has no such neighbour.
/// </summary>
public sealed record DecodeVideoTask : StageTask
{
    /// <summary>The stage's public name.</summary>
    public const string Name = "decode-video";

    /// <summary>Which latent frames, and how they are blended.</summary>
    public required TemporalTile Tile { get; init; }

    /// <summary>Pixel frames at the tile's start that it shares with the tile before.</summary>
    public required int HeadFrames { get; init; }

    /// <summary>Pixel frames at the tile's end that it shares with the tile after.</summary>
    public required int TailFrames { get; init; }

    /// <summary>Artefact: the clip's final latent.</summary>
    public required string Latent { get; init; }

    /// <summary>Artefact: the tile's frames.</summary>
    public required string Frames { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs => [Latent];

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => [Frames];
}
