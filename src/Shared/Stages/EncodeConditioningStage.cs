using System.Text.Json.Serialization;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Images to normalised latents through the VAE encoder, at the size of every stage that is conditioned: one stage, so that
/// all stages of a clip see the same compressed image and the encoder is loaded once.
/// </summary>
public sealed record EncodeConditioningStage : Stage
{
    /// <summary>The id of this stage kind.</summary>
    public const string KindId = "encode-conditioning";

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

/// <summary>Describes <see cref="EncodeConditioningStage"/>.</summary>
internal sealed class EncodeConditioningKind : StageKind<EncodeConditioningStage>
{
    // The encoder is half of the decoder, and an image is one frame.
    private const double OperationsPerPixel = DecodeVideoKind.OperationsPerPixelFrame / 2;

    /// <inheritdoc/>
    public override string Id => EncodeConditioningStage.KindId;

    /// <inheritdoc/>
    public override ModelComponent? Component => ModelComponent.VideoEncoder;

    /// <inheritdoc/>
    public override bool IsPreparation => true;

    /// <inheritdoc/>
    public override string ProgressUnit => "image";

    /// <inheritdoc/>
    public override double AssumedEfficiency => 0.35;

    /// <inheritdoc/>
    protected override double Operations(EncodeConditioningStage stage, ClipSize clip) =>
        stage.Targets.Sum(target => (double)target.Width * target.Height) * stage.Images.Count * OperationsPerPixel;

    /// <inheritdoc/>
    protected override double Activations(EncodeConditioningStage stage, ClipSize clip) =>
        clip.Pixels * DecodeVideoKind.ElementsPerPixelFrame;

    /// <inheritdoc/>
    protected override double Bytes(EncodeConditioningStage stage, ClipSize clip) =>
        stage.Targets.Sum(target => target.Width * (double)target.Height) / (LatentSize.SpaceScale * LatentSize.SpaceScale)
            * ClipSize.LatentBytesPerToken * stage.Images.Count;
}

/// <summary>The conditioning latents of one stage.</summary>
/// <param name="Width">Width in pixels that images are scaled and cropped to.</param>
/// <param name="Height">Height in pixels that images are scaled and cropped to.</param>
/// <param name="Conditioning">Artefact: a safetensors file with <c>latent.i</c> (1, C, 1, H/32, W/32) for each image in order.</param>
public sealed record ConditioningTarget(int Width, int Height, string Conditioning);
