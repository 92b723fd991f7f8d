using System.Text.Json.Serialization;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Tiling;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Decodes one temporal tile of the video latent. Writes a safetensors file with the tile's own frames, <c>frames</c> U8 (n, H, W, 3), and
/// the frames shared with its neighbours, already weighted: <c>head</c> and <c>tail</c> F32 (m, H, W, 3), raw decoder range −1 to 1, absent
/// where there is no neighbour.
/// </summary>
public sealed record DecodeVideoStage : Stage
{
    /// <summary>Id of this stage kind.</summary>
    public const string KindId = "decode-video";

    /// <summary>Latent frames to decode, with their blending ramps.</summary>
    public required TemporalTile Tile { get; init; }

    /// <summary>Division of the frames into spatial tiles.</summary>
    public TilingMode Tiling { get; init; } = TilingMode.Official;

    /// <summary>Pixel frames at the start of the tile, shared with the previous tile.</summary>
    public required int HeadFrames { get; init; }

    /// <summary>Pixel frames at the end of the tile, shared with the next tile.</summary>
    public required int TailFrames { get; init; }

    /// <summary>The tile's latent frames: ranges of the final latents of the clip's parts, in order.</summary>
    public required IReadOnlyList<LatentRange> Latents { get; init; }

    /// <summary>Artefact: the tile's frames.</summary>
    public required string Frames { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs => Latents.Select(range => range.Latent).ToList();

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => [Frames];
}

/// <summary>Describes <see cref="DecodeVideoStage"/>.</summary>
internal sealed class DecodeVideoKind : StageKind<DecodeVideoStage>
{
    /// <summary>30 TMAC for 121 frames of 512 x 768.</summary>
    internal const double OperationsPerPixelFrame = 2 * 30e12 / (121.0 * 512 * 768);

    /// <summary>
    /// The decoder's last block has 128 channels at a quarter of the frame's sides; input, norm, padded copy and output are alive.
    /// </summary>
    internal const double ElementsPerPixelFrame = 128.0 / 16 * 4;

    // Sum and product of the blended spatial tiles: three channels each.
    private const double ElementsPerBlendedPixel = 2 * 3;

    // A tile's own frames are bytes; shared frames are weighted floats.
    private const double BytesPerPixel = 3;
    private const double SharedBytesPerPixel = 3 * 4;

    /// <inheritdoc/>
    public override string Id => DecodeVideoStage.KindId;

    /// <inheritdoc/>
    public override ModelComponent? Component => ModelComponent.VideoDecoder;

    /// <inheritdoc/>
    public override string ProgressUnit => "tile";

    /// <inheritdoc/>
    public override double AssumedEfficiency => 0.35;

    /// <inheritdoc/>
    protected override double Operations(DecodeVideoStage stage, ClipSize clip) => clip.Pixels * Frames(stage) * OperationsPerPixelFrame;

    /// <inheritdoc/>
    protected override double Activations(DecodeVideoStage stage, ClipSize clip)
    {
        var tiling = SpatialTiling.For(clip.Latent, stage.Tiling);
        var blended = tiling.Count == 1 ? 0 : clip.Pixels * ElementsPerBlendedPixel;
        return ((tiling.LargestPixels * ElementsPerPixelFrame) + blended) * Frames(stage);
    }

    /// <inheritdoc/>
    protected override double Bytes(DecodeVideoStage stage, ClipSize clip)
    {
        var shared = stage.HeadFrames + stage.TailFrames;
        return clip.Pixels * (((Frames(stage) - shared) * BytesPerPixel) + (shared * SharedBytesPerPixel));
    }

    private static int Frames(DecodeVideoStage stage) => stage.Tile.FrameStop - stage.Tile.FrameStart;
}
