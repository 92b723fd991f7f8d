using System.Text.Json.Serialization;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Encodes frames of a video file to a normalised latent with the VAE encoder. Writes a safetensors file with <c>video</c>
/// (1, C, F, H/32, W/32) and, if there is a mask, <c>attention</c> (1, F · H/32 · W/32): the mask's mean per latent position, 0 to 1.
/// </summary>
public sealed record EncodeVideoStage : Stage
{
    /// <summary>Id of this stage kind.</summary>
    public const string KindId = "encode-video";

    /// <summary>Artefact: the video or image file.</summary>
    public required string Video { get; init; }

    /// <summary>Width in pixels to which frames are fitted.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels to which frames are fitted.</summary>
    public required int Height { get; init; }

    /// <summary>Number of frames to encode: 1 + 8k, from the start of the file.</summary>
    public required int NumFrames { get; init; }

    /// <summary>Number of frames of the file per encoded frame, after the first.</summary>
    public int FrameStep { get; init; } = 1;

    /// <summary>How frames are fitted.</summary>
    public FrameFit Fit { get; init; }

    /// <summary>Artefact: a greyscale video or image; null for none.</summary>
    public string? Mask { get; init; }

    /// <summary>Number of frames to read from <see cref="Mask"/>; the first one alone, or 1 + k for each latent frame.</summary>
    public int MaskFrames { get; init; }

    /// <summary>Artefact: the latent.</summary>
    public required string Latent { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs => Mask is null ? [Video] : [Video, Mask];

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => [Latent];
}

/// <summary>Ways to fit frames to another size.</summary>
public enum FrameFit
{
    /// <summary>Scale until the frames cover the size, and crop around the centre.</summary>
    Cover,

    /// <summary>Keep the frames' size and repeat their borders around them.</summary>
    Pad,
}

/// <summary>Describes <see cref="EncodeVideoStage"/>.</summary>
internal sealed class EncodeVideoKind : StageKind<EncodeVideoStage>
{
    // The encoder costs half as much as the decoder. It works in tiles of the official size.
    private const double OperationsPerPixelFrame = DecodeVideoKind.OperationsPerPixelFrame / 2;
    private const int LongestTileSide = 768;
    private const int LongestTile = 80;
    private const double InputChannels = 3;

    /// <inheritdoc/>
    public override string Id => EncodeVideoStage.KindId;

    /// <inheritdoc/>
    public override ModelComponent? Component => ModelComponent.VideoEncoder;

    /// <inheritdoc/>
    public override bool IsPreparation => true;

    /// <inheritdoc/>
    public override double AssumedEfficiency => 0.35;

    /// <inheritdoc/>
    protected override double Operations(EncodeVideoStage stage, ClipSize clip) =>
        (double)stage.Width * stage.Height * stage.NumFrames * OperationsPerPixelFrame;

    /// <inheritdoc/>
    protected override double Activations(EncodeVideoStage stage, ClipSize clip)
    {
        var tile = (double)Math.Min(stage.Width, LongestTileSide) * Math.Min(stage.Height, LongestTileSide)
            * Math.Min(stage.NumFrames, LongestTile);
        return (tile * DecodeVideoKind.ElementsPerPixelFrame) + ((double)stage.Width * stage.Height * stage.NumFrames * InputChannels);
    }

    /// <inheritdoc/>
    protected override double Bytes(EncodeVideoStage stage, ClipSize clip) =>
        LatentSize.ForPixels(stage.NumFrames, stage.Width, stage.Height).Tokens * ClipSize.LatentBytesPerToken;
}
