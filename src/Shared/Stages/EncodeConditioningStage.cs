using System.Text.Json.Serialization;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Encodes images to normalised latents with the VAE encoder, at the size of every conditioned denoise pass. A single stage ensures that
/// all passes see the same compressed image and that the encoder is loaded once.
/// </summary>
public sealed record EncodeConditioningStage : Stage
{
    /// <summary>Id of this stage kind.</summary>
    public const string KindId = "encode-conditioning";

    /// <summary>Artefacts: the image files.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>Constant rate factor at which images are first compressed as video frames; 0 disables compression.</summary>
    public required int ImageCrf { get; init; }

    /// <summary>Sizes and artefacts to write, one per conditioned denoise pass.</summary>
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
    // The encoder costs half as much as the decoder, and an image is one frame.
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

/// <summary>The conditioning latents of one denoise pass.</summary>
/// <param name="Width">Width in pixels to which images are scaled and cropped.</param>
/// <param name="Height">Height in pixels to which images are scaled and cropped.</param>
/// <param name="Conditioning">Artefact: a safetensors file with <c>latent.i</c> (1, C, 1, H/32, W/32) per image, in order.</param>
public sealed record ConditioningTarget(int Width, int Height, string Conditioning);
