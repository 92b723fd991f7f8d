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

    /// <summary>Denoise pass: 1, or 2 for the refinement at full size.</summary>
    public required int PassIndex { get; init; }

    /// <summary>
    /// Noise levels in descending order, one more than steps; the last is 0. Null for the official schedule of <see cref="Guided"/>.
    /// </summary>
    public IReadOnlyList<float>? Sigmas { get; init; }

    /// <summary>Sampling with guidance; null for none.</summary>
    public GuidedSampling? Guided { get; init; }

    /// <summary>The sampler.</summary>
    public SamplerKind Sampler { get; init; }

    /// <summary>Adapters of the transformer, in the order of the request.</summary>
    public IReadOnlyList<StageAdapter> Adapters { get; init; } = [];

    /// <summary>Width in pixels in this pass.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels in this pass.</summary>
    public required int Height { get; init; }

    /// <summary>Pixel frames of the clip, or of the part that is denoised.</summary>
    public required int NumFrames { get; init; }

    /// <summary>Latent frames of audio of a part of a clip; null for as long as <see cref="NumFrames"/>.</summary>
    public int? AudioFrames { get; init; }

    /// <summary>Frames per second, since positions on the time axis are in seconds.</summary>
    public required double Fps { get; init; }

    /// <summary>Seed of the clip's noise.</summary>
    public required long Seed { get; init; }

    /// <summary>Draws from the clip's generator before this stage; they are repeated and discarded.</summary>
    public required IReadOnlyList<NoiseDraw> EarlierDraws { get; init; }

    /// <summary>Use of each latent in <see cref="Conditioning"/>, in the same order.</summary>
    public IReadOnlyList<ConditioningItem> Items { get; init; } = [];

    /// <summary>Conditioning videos, after the images.</summary>
    public IReadOnlyList<VideoItem> Videos { get; init; } = [];

    /// <summary>Given audio that replaces part of the clip's; null for none.</summary>
    public AudioItem? KeptAudio { get; init; }

    /// <summary>The end of the previous part's latent, which is the start of this one and stays unchanged; null for none.</summary>
    public LatentRange? Continued { get; init; }

    /// <summary>The same for audio.</summary>
    public LatentRange? ContinuedAudio { get; init; }

    /// <summary>
    /// Interval of <see cref="Initial"/> to regenerate from pure noise, while the rest stays unchanged; null to start all of it from noise
    /// of the first noise level.
    /// </summary>
    public TimeInterval? VideoInterval { get; init; }

    /// <summary>The same for <see cref="InitialAudio"/>.</summary>
    public TimeInterval? AudioInterval { get; init; }

    /// <summary>True when the video stays as it is and only informs the audio.</summary>
    public bool KeepsVideo { get; init; }

    /// <summary>True when the audio stays as it is and only informs the video.</summary>
    public bool KeepsAudio { get; init; }

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

    /// <summary>True to denoise the audio without a video, which then has no latent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AudioOnly { get; init; }

    /// <summary>Artefact: the denoised video latent.</summary>
    public required string Latent { get; init; }

    /// <summary>Artefact: the denoised audio latent; null for a clip without audio.</summary>
    public string? AudioLatent { get; init; }

    /// <summary>Denoise steps.</summary>
    [JsonIgnore]
    public int Steps => Sigmas?.Count - 1 ?? Guided!.Steps;

    /// <summary>
    /// Transformer evaluations per step that another worker can compute; those of a second-order sampler depend on each other.
    /// </summary>
    [JsonIgnore]
    public int EvaluationsPerStep => Sampler == SamplerKind.Res2s ? 1 : Guided?.Evaluations.Count ?? 1;

    /// <summary>Size of the video latent, without appended tokens.</summary>
    [JsonIgnore]
    public LatentSize Size => LatentSize.ForPixels(NumFrames, Width, Height);

    /// <summary>Number of video tokens, including appended ones; 0 for audio alone.</summary>
    [JsonIgnore]
    public int Tokens => AudioOnly
        ? 0
        : Size.Tokens + (Items.Count(item => item.Method == ConditioningMethod.Append) * Size.TokensPerFrame)
            + Videos.Where(video => video.Use != VideoUse.Replace).Sum(video => video.Size.Tokens);

    /// <summary>Number of audio tokens; 0 for a clip without audio.</summary>
    [JsonIgnore]
    public int AudioTokens => AudioLatent is null ? 0 : AudioFrames ?? AudioLatentSize.FramesForVideo(NumFrames, Fps);

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs =>
        new[]
            {
                Context, NegativeContext, Conditioning, Initial, InitialAudio, KeptAudio?.Latent, Continued?.Latent, ContinuedAudio?.Latent,
            }
            .OfType<string>()
            .Concat(Videos.Select(video => video.Latent)).Concat(Adapters.Select(adapter => adapter.File)).Distinct().ToList();

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs =>
        AudioLatent is null ? [Latent]
        : AudioOnly ? [AudioLatent]
        : [Latent, AudioLatent];
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
        stage.Steps * EvaluationsOfStep(stage) * OperationsOfEvaluation(stage.Tokens, stage.AudioTokens);

    /// <inheritdoc/>
    protected override double Activations(DenoiseStage stage, ClipSize clip)
    {
        double video = stage.Tokens, audio = stage.AudioTokens;
        return (((video * Width) + (audio * AudioWidth)) * LiveCopies)
            + (Math.Min(MaxScores, Heads * Math.Pow(Math.Max(video, audio), 2)) * Bfloat16PerFloat32);
    }

    /// <inheritdoc/>
    protected override double Bytes(DenoiseStage stage, ClipSize clip) => stage.Size.Tokens * ClipSize.LatentBytesPerToken;

    /// <inheritdoc/>
    protected override StageSteps StepsOf(DenoiseStage stage) => new(
        stage.Steps, stage.EvaluationsPerStep,
        HasEmpty: stage.Guided is { } guided && (guided.Video.SkipStep > 0 || guided.Audio.SkipStep > 0));

    private static int EvaluationsOfStep(DenoiseStage stage) =>
        (stage.Guided?.Evaluations.Count ?? 1) * (stage.Sampler == SamplerKind.Res2s ? 2 : 1);

    private static double OperationsOfEvaluation(double video, double audio)
    {
        var ofVideo = (OperationsPerToken * video) + (OperationsPerPair * video * video);
        var ofAudio = (OperationsPerAudioToken * audio) + (OperationsPerAudioPair * audio * audio)
            + (OperationsPerMixedPair * video * audio);
        return ofVideo + Math.Max(0, ofAudio - (UsualShareOfAudio * ofVideo));
    }
}

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
