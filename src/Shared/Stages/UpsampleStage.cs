using System.Text.Json.Serialization;

namespace MlxVideo.Shared.Stages;

/// <summary>Doubles the height and width of a normalised video latent: un-normalise, latent upsampler, normalise.</summary>
public sealed record UpsampleStage : Stage
{
    /// <summary>Id of this stage kind.</summary>
    public const string KindId = "upsample";

    /// <summary>Artefact: the latent to upsample.</summary>
    public required string Latent { get; init; }

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
    // 3 x 3 x 3 convolutions with 1024 channels: eight before the upsampling, and eight after it with four times the cells.
    private const double Channels = 1024;
    private const double OperationsPerConvolution = 2 * 27 * Channels * Channels;
    private const double OperationsPerCell = OperationsPerConvolution * (8 + (8 * 4));
    private const double LiveCopies = 4;

    /// <inheritdoc/>
    public override string Id => UpsampleStage.KindId;

    /// <inheritdoc/>
    public override ModelComponent? Component => ModelComponent.Upsampler;

    /// <inheritdoc/>
    public override double AssumedEfficiency => 0.4;

    /// <inheritdoc/>
    protected override double Operations(UpsampleStage stage, ClipSize clip) => OperationsPerCell * clip.HalfSizeTokens;

    /// <inheritdoc/>
    protected override double Activations(UpsampleStage stage, ClipSize clip) => clip.Tokens * Channels * LiveCopies;

    /// <inheritdoc/>
    protected override double Bytes(UpsampleStage stage, ClipSize clip) => clip.Tokens * ClipSize.LatentBytesPerToken;
}
