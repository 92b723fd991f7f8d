using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Conditioning;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>Inputs of a denoise stage from the stage and its artefacts, everything except noise.</summary>
internal sealed class DenoiseInputs(DenoiseStage stage, StageFiles files, ModelCache models)
{
    public VideoGrid VideoGrid { get; } =
        new(LatentSize.ForPixels(stage.NumFrames, stage.Width, stage.Height), models.Configs.VideoChannels, stage.Fps);

    /// <summary>Null for a clip without audio.</summary>
    /// <exception cref="StageException">The model does not generate audio.</exception>
    public AudioGrid? AudioGrid { get; } = AudioGridOf(stage, models.Configs);

    /// <summary>Noise levels, one more than steps.</summary>
    public IReadOnlyList<float> Sigmas { get; } = stage.Sigmas ?? Ltx2Schedule.Sigmas(stage.Guided!.Steps);

    /// <summary>Share of noise in the video's initial latent.</summary>
    public double VideoNoise => stage.Initial is null || stage.VideoInterval is not null ? 1 : Sigmas[0];

    /// <summary>Share of noise in the audio's initial latent.</summary>
    public double AudioNoise => stage.InitialAudio is null || stage.AudioInterval is not null ? 1 : Sigmas[0];

    /// <summary>The transformer with the stage's adapters.</summary>
    public LtxTransformer Transformer => models.TransformerWith(AdapterFile.Of(stage, files.Inputs));

    /// <summary>Returns the conditioned video tokens; null for audio alone.</summary>
    public LatentState? Video()
    {
        if (stage.AudioOnly)
            return null;
        var state = VideoGrid.State(stage.Initial is null ? null : files.Read(stage.Initial, EncodeVideoExecutor.Latent));
        for (var index = 0; index < stage.Items.Count; index++)
            state = Image(stage.Items[index], files.Read(stage.Conditioning!, $"latent.{index}")).Apply(state, VideoGrid);
        foreach (var video in stage.Videos)
            state = Video(video).Apply(state, VideoGrid);
        if (stage.Continued is { } continued)
            state = new ReplaceLatentFrames(files.Read(continued, EncodeVideoExecutor.Latent), 0, Strength: 1).Apply(state, VideoGrid);
        if (stage.VideoInterval is { } interval)
            state = new RegenerateInterval(interval.Start, interval.End).Apply(state);
        return stage.KeepsVideo ? Frozen(state) : state;
    }

    /// <summary>Returns the audio tokens; null for a clip without audio.</summary>
    public LatentState? Audio()
    {
        if (AudioGrid is null)
            return null;
        var state = AudioGrid.State(stage.InitialAudio is null ? null : files.Read(stage.InitialAudio, DenoiseExecutor.AudioLatent));
        if (stage.KeptAudio is { } kept)
            state = new KeepAudio(files.Read(kept.Latent, DenoiseExecutor.AudioLatent), kept.Frame).Apply(state);
        if (stage.ContinuedAudio is { } continued)
            state = new KeepAudio(files.Read(continued, DenoiseExecutor.AudioLatent), 0).Apply(state);
        if (stage.AudioInterval is { } interval)
            state = new RegenerateInterval(interval.Start, interval.End).Apply(state);
        return stage.KeepsAudio ? Frozen(state) : state;
    }

    /// <summary>Returns the denoising loop's input for video; null for audio alone.</summary>
    public ModalityRun? VideoRun(LatentState? tokens) =>
        tokens is null ? null : Run(tokens, EncodePromptExecutor.VideoContext, stage.Guided?.Video, stage.KeepsVideo);

    /// <summary>Returns the denoising loop's input for audio; null for a clip without audio.</summary>
    public ModalityRun? AudioRun(LatentState? tokens) =>
        tokens is null ? null : Run(tokens, EncodePromptExecutor.AudioContext, stage.Guided?.Audio, stage.KeepsAudio);

    private ModalityRun Run(LatentState tokens, string context, GuidanceSettings? guidance, bool frozen) => new(
        tokens,
        files.Read(stage.Context, context),
        // Audio that a video is rendered for has no guidance, and the prompt's context in every evaluation.
        stage.NegativeContext is { } negative && !(frozen && guidance?.Needs(GuidanceEvaluation.Unconditional) == false)
            ? files.Read(negative, context)
            : null,
        guidance is null
            ? null
            : GuidancePlan.Always(guidance with { StgBlocks = guidance.StgBlocks ?? [models.Configs.Transformer.StgBlock] }),
        frozen);

    private static IConditioningItem Image(ConditioningItem item, Tensor latent) => item.Method == ConditioningMethod.Replace
        ? new ReplaceLatentFrames(latent, item.Frame / LatentSize.TimeScale, item.Strength)
        : new AppendKeyframe(latent, item.Frame, item.Strength);

    private IConditioningItem Video(VideoItem item)
    {
        var latent = files.Read(item.Latent, EncodeVideoExecutor.Latent);
        var frames = (int)latent.shape[2];
        return item.Use switch
        {
            VideoUse.Reference => new AppendReference(
                latent, item.Strength, item.DownscaleFactor, item.TemporalScaleFactor, item.AttentionStrength,
                item.HasMask ? files.Read(item.Latent, EncodeVideoExecutor.Attention) : null),
            VideoUse.Guide => new AppendKeyframe(
                latent, item.Frame, item.Strength, PixelFrames: ((frames - 1) * LatentSize.TimeScale) + 1),
            VideoUse.Replace => new ReplaceLatentFrames(
                latent.narrow(2, item.Skip, frames - item.Skip), (item.Frame / LatentSize.TimeScale) + item.Skip, item.Strength),
            _ => throw new ArgumentOutOfRangeException(nameof(item), item.Use, "Unknown use of a video."),
        };
    }

    private static LatentState Frozen(LatentState state) => state with { DenoiseMask = zeros_like(state.DenoiseMask) };

    private static AudioGrid? AudioGridOf(DenoiseStage stage, ModelConfigs configs)
    {
        if (stage.AudioLatent is null)
            return null;
        if (!configs.HasAudio)
            throw new StageException(
                FailureKind.Input,
                "This model does not generate audio; request the clip without it (audio = false in the CSV, --no-audio in generate).");
        return new AudioGrid(stage.AudioTokens, configs.AudioLatentChannels, configs.AudioLatentMelBins);
    }
}
