using System.Text.Json.Serialization;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// The denoising loop of one stage. Writes a safetensors file with the normalised <c>video</c> latent
/// (1, C, F, H/32, W/32), appended conditioning tokens removed, and another with the <c>audio</c> latent (1, C, T, mel)
/// where the clip has sound.
/// </summary>
public sealed record DenoiseStage : Stage
{
    /// <summary>The id of this stage kind.</summary>
    public const string KindId = "denoise";

    /// <summary>1 for the first stage of a pipeline, 2 for the refinement at full size: selects the sigmas of a distilled model.</summary>
    public required int PassIndex { get; init; }

    /// <summary>How an undistilled model is sampled; null for a distilled one.</summary>
    public GuidedSampling? Guided { get; init; }

    /// <summary>Width in pixels at this stage.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels at this stage.</summary>
    public required int Height { get; init; }

    /// <summary>Pixel frames of the clip.</summary>
    public required int NumFrames { get; init; }

    /// <summary>Frames per second; positions on the time axis are in seconds.</summary>
    public required double Fps { get; init; }

    /// <summary>Seed of the clip's noise.</summary>
    public required long Seed { get; init; }

    /// <summary>What the clip's generator drew before this stage; drawn again and thrown away.</summary>
    public required IReadOnlyList<NoiseDraw> EarlierDraws { get; init; }

    /// <summary>How each latent of <see cref="Conditioning"/> is applied, in its order.</summary>
    public IReadOnlyList<ConditioningItem> Items { get; init; } = [];

    /// <summary>Artefact: the contexts.</summary>
    public required string Context { get; init; }

    /// <summary>Artefact: the contexts of the negative prompt; null where no pass needs them.</summary>
    public string? NegativeContext { get; init; }

    /// <summary>Artefact: the encoded conditioning images at this stage's size, if any.</summary>
    public string? Conditioning { get; init; }

    /// <summary>Artefact: the video latent the stage starts from; null for pure noise.</summary>
    public string? Initial { get; init; }

    /// <summary>Artefact: the audio latent the stage starts from; null for pure noise.</summary>
    public string? InitialAudio { get; init; }

    /// <summary>Artefact: the denoised video latent.</summary>
    public required string Latent { get; init; }

    /// <summary>Artefact: the denoised audio latent; null for a clip without sound.</summary>
    public string? AudioLatent { get; init; }

    /// <summary>Denoise steps.</summary>
    [JsonIgnore]
    public int Steps => Guided?.Steps ?? DistilledSteps.Count(PassIndex);

    /// <summary>The transformer's evaluations in a step.</summary>
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
    // Weights that a video token goes through in one evaluation, and the cost of attention for each pair of tokens: 48 blocks of
    // 32 heads x 128.
    private const double OperationsPerToken = 2 * 13.6e9;
    private const double OperationsPerPair = 4 * 4096.0 * 48;

    // The same of a sound token in the stream half as wide, and of pairs with at least one: the streams attend to each other in both
    // directions at the width of sound.
    private const double OperationsPerAudioToken = 2 * 4.0e9;
    private const double OperationsPerAudioPair = OperationsPerPair / 2;
    private const double OperationsPerMixedPair = 2 * OperationsPerAudioPair;

    // Sound at usual sizes and rates is a few per cent of the video's cost, which learned rates include: only the excess is counted.
    private const double UsualShareOfAudio = 0.1;

    // Attention scores are computed in chunks of at most so many (float32 in either kernel): 2^28 scores are 1 GiB.
    private const double MaxScores = 1L << 28;
    private const double Bfloat16PerFloat32 = 2;

    // Hidden state, normed copy, queries, keys, values, output, and the four times wider feed-forward, twice.
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

    /// <summary>Video tokens, those of appended keyframes included.</summary>
    private static int Tokens(DenoiseStage stage)
    {
        var latent = Latent(stage);
        return latent.Tokens + (stage.Items.Count(item => item.Frame != 0) * latent.TokensPerFrame);
    }

    /// <summary>Audio tokens: they follow from the clip's seconds, and outnumber the video's at low frame rates.</summary>
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

/// <summary>How one conditioning latent enters a denoising stage.</summary>
/// <param name="Frame">Pixel frame: 0 replaces latent frame 0, any other appends a keyframe's tokens.</param>
/// <param name="Strength">1 keeps it frozen, 0 leaves it to the noise.</param>
public sealed record ConditioningItem(int Frame, double Strength);

/// <summary>One standard normal draw from a clip's generator.</summary>
/// <param name="Modality">Whose latent it was for: the number of channels is the model's.</param>
/// <param name="Tokens">Tokens, appended conditioning tokens included.</param>
public sealed record NoiseDraw(Modality Modality, int Tokens);

/// <summary>The two streams of LTX-2.</summary>
public enum Modality
{
    /// <summary>Pictures.</summary>
    Video,

    /// <summary>Sound.</summary>
    Audio,
}
