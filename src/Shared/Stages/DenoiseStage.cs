using System.Text.Json.Serialization;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// The denoising loop of one pass. Writes a safetensors file with the normalised <c>video</c> latent (1, C, F, H/32, W/32), without
/// appended conditioning tokens, and, if the clip has audio, another with the <c>audio</c> latent (1, C, T, mel).
/// </summary>
public sealed record DenoiseStage : Stage
{
    /// <summary>Id of this stage kind.</summary>
    public const string KindId = "denoise";

    /// <summary>Denoise pass: 1, or 2 for the refinement at full size. Selects the sigmas of a distilled model.</summary>
    public required int PassIndex { get; init; }

    /// <summary>Sampling of an undistilled model; null for a distilled one.</summary>
    public GuidedSampling? Guided { get; init; }

    /// <summary>Width in pixels in this pass.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels in this pass.</summary>
    public required int Height { get; init; }

    /// <summary>Pixel frames of the clip.</summary>
    public required int NumFrames { get; init; }

    /// <summary>Frames per second, since positions on the time axis are in seconds.</summary>
    public required double Fps { get; init; }

    /// <summary>Seed of the clip's noise.</summary>
    public required long Seed { get; init; }

    /// <summary>Draws from the clip's generator before this stage; they are repeated and discarded.</summary>
    public required IReadOnlyList<NoiseDraw> EarlierDraws { get; init; }

    /// <summary>Use of each latent in <see cref="Conditioning"/>, in the same order.</summary>
    public IReadOnlyList<ConditioningItem> Items { get; init; } = [];

    /// <summary>Artefact: the contexts.</summary>
    public required string Context { get; init; }

    /// <summary>Artefact: the contexts of the negative prompt; null when no evaluation needs them.</summary>
    public string? NegativeContext { get; init; }

    /// <summary>Artefact: the encoded conditioning images at this pass's size; null for none.</summary>
    public string? Conditioning { get; init; }

    /// <summary>Artefact: the initial video latent; null for pure noise.</summary>
    public string? Initial { get; init; }

    /// <summary>Artefact: the initial audio latent; null for pure noise.</summary>
    public string? InitialAudio { get; init; }

    /// <summary>Artefact: the denoised video latent.</summary>
    public required string Latent { get; init; }

    /// <summary>Artefact: the denoised audio latent; null for a clip without audio.</summary>
    public string? AudioLatent { get; init; }

    /// <summary>Denoise steps.</summary>
    [JsonIgnore]
    public int Steps => Guided?.Steps ?? DistilledSteps.Count(PassIndex);

    /// <summary>Transformer evaluations per step.</summary>
    [JsonIgnore]
    public int EvaluationsPerStep => Guided?.Evaluations.Count ?? 1;

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs =>
        new[] { Context, NegativeContext, Conditioning, Initial, InitialAudio }.OfType<string>().ToList();

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => AudioLatent is null ? [Latent] : [Latent, AudioLatent];
}

/// <summary>Describes <see cref="DenoiseStage"/>.</summary>
internal sealed class DenoiseKind : StageKind<DenoiseStage>
{
    // Two operations per weight and video token in one evaluation, and the cost of attention per pair of tokens: 48 blocks of
    // 32 heads x 128.
    private const double OperationsPerToken = 2 * 13.6e9;
    private const double OperationsPerPair = 4 * 4096.0 * 48;

    // The same for audio tokens, whose stream is half as wide, and for pairs with an audio token: the streams attend to each other in both
    // directions at the audio width.
    private const double OperationsPerAudioToken = 2 * 4.0e9;
    private const double OperationsPerAudioPair = OperationsPerPair / 2;
    private const double OperationsPerMixedPair = 2 * OperationsPerAudioPair;

    // At usual sizes and rates, audio is a few per cent of the video's cost, which learned rates include: only the excess is counted.
    private const double UsualShareOfAudio = 0.1;

    // Attention scores are computed in chunks of at most this number (float32 in both kernels): 2^28 are 1 GiB.
    // Metal-safe kernels compute half as many at once, and hold them twice.
    private const double MaxScores = 1L << 28;
    private const double Bfloat16PerFloat32 = 2;

    // Hidden state, normalised copy, queries, keys, values, output, and twice the four times wider feed-forward.
    private const double Width = 4096;
    private const double AudioWidth = Width / 2;
    private const double LiveCopies = 16;
    private const double Heads = 32;

    /// <inheritdoc/>
    public override string Id => DenoiseStage.KindId;

    /// <inheritdoc/>
    public override ModelComponent? Component => ModelComponent.Transformer;

    /// <inheritdoc/>
    public override double AssumedEfficiency => 0.7;

    /// <inheritdoc/>
    protected override double Operations(DenoiseStage stage, ClipSize clip) =>
        stage.Steps * stage.EvaluationsPerStep * OperationsOfEvaluation(Tokens(stage), AudioTokens(stage));

    /// <inheritdoc/>
    protected override double Activations(DenoiseStage stage, ClipSize clip)
    {
        double video = Tokens(stage), audio = AudioTokens(stage);
        return (((video * Width) + (audio * AudioWidth)) * LiveCopies)
            + (Math.Min(MaxScores, Heads * Math.Pow(Math.Max(video, audio), 2)) * Bfloat16PerFloat32);
    }

    /// <inheritdoc/>
    protected override double Bytes(DenoiseStage stage, ClipSize clip) => Latent(stage).Tokens * ClipSize.LatentBytesPerToken;

    /// <inheritdoc/>
    protected override StageSteps StepsOf(DenoiseStage stage) => new(
        stage.Steps, stage.EvaluationsPerStep,
        HasEmpty: stage.Guided is { } guided && (guided.Video.SkipStep > 0 || guided.Audio.SkipStep > 0));

    private static LatentSize Latent(DenoiseStage stage) => LatentSize.ForPixels(stage.NumFrames, stage.Width, stage.Height);

    /// <summary>Returns the number of video tokens, including those of appended keyframes.</summary>
    private static int Tokens(DenoiseStage stage)
    {
        var latent = Latent(stage);
        return latent.Tokens + (stage.Items.Count(item => item.Frame != 0) * latent.TokensPerFrame);
    }

    /// <summary>Returns the number of audio tokens, which depends on the duration. It exceeds the video's at low frame rates.</summary>
    private static int AudioTokens(DenoiseStage stage) =>
        stage.AudioLatent is null ? 0 : AudioLatentSize.FramesForVideo(stage.NumFrames, stage.Fps);

    private static double OperationsOfEvaluation(double video, double audio)
    {
        var ofVideo = (OperationsPerToken * video) + (OperationsPerPair * video * video);
        var ofAudio = (OperationsPerAudioToken * audio) + (OperationsPerAudioPair * audio * audio)
            + (OperationsPerMixedPair * video * audio);
        return ofVideo + Math.Max(0, ofAudio - (UsualShareOfAudio * ofVideo));
    }
}

/// <summary>Use of one conditioning latent in a denoise stage.</summary>
/// <param name="Frame">Pixel frame: 0 replaces latent frame 0, any other appends the tokens of a keyframe.</param>
/// <param name="Strength">1 keeps the latent frozen, 0 starts it from pure noise.</param>
public sealed record ConditioningItem(int Frame, double Strength);

/// <summary>A standard normal draw from a clip's generator.</summary>
/// <param name="Modality">Modality of the latent; the model determines the number of channels.</param>
/// <param name="Tokens">Number of tokens, including appended conditioning tokens.</param>
public sealed record NoiseDraw(Modality Modality, int Tokens);

/// <summary>The two modalities, or streams, of LTX-2.</summary>
public enum Modality
{
    /// <summary>The video stream.</summary>
    Video,

    /// <summary>The audio stream.</summary>
    Audio,
}
