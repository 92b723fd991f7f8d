using System.Text.Json.Serialization;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>Enlarges a normalised video latent: un-normalise, latent upsampler, normalise.</summary>
public sealed record UpsampleStage : Stage
{
    /// <summary>Id of this stage kind.</summary>
    public const string KindId = "upsample";

    /// <summary>Pixel frames of the latent: those of the clip, or of a part of it.</summary>
    public required int NumFrames { get; init; }

    /// <summary>Artefact: the latent to upsample.</summary>
    public required string Latent { get; init; }

    /// <summary>Factor of height and width, which selects the upsampler (<see cref="Upscaling"/>).</summary>
    public double Factor { get; init; } = Upscaling.DefaultFactor;

    /// <summary>Artefact: a safetensors file with the upsampled <c>video</c> latent.</summary>
    public required string Upsampled { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs => [Latent];

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => [Upsampled];
}

/// <summary>Describes <see cref="UpsampleStage"/>.</summary>
internal sealed class UpsampleKind : StageKind<UpsampleStage>
{
    // 3 x 3 x 3 convolutions with 1024 channels: eight before the upsampling, and eight after it with more cells.
    private const double Channels = 1024;
    private const double OperationsPerConvolution = 2 * 27 * Channels * Channels;
    private const int ConvolutionsPerSide = 8;
    private const double LiveCopies = 4;

    /// <inheritdoc/>
    public override string Id => UpsampleStage.KindId;

    /// <inheritdoc/>
    public override ModelComponent? Component => ModelComponent.Upsampler;

    /// <inheritdoc/>
    public override double AssumedEfficiency => 0.4;

    /// <inheritdoc/>
    protected override double Operations(UpsampleStage stage, ClipSize clip)
    {
        double larger = clip.Tokens(stage.NumFrames), smaller = larger / (stage.Factor * stage.Factor);
        return OperationsPerConvolution * ConvolutionsPerSide * (smaller + larger);
    }

    /// <inheritdoc/>
    protected override double Activations(UpsampleStage stage, ClipSize clip) => clip.Tokens(stage.NumFrames) * Channels * LiveCopies;

    /// <inheritdoc/>
    protected override double Bytes(UpsampleStage stage, ClipSize clip) => clip.Tokens(stage.NumFrames) * ClipSize.LatentBytesPerToken;
}
