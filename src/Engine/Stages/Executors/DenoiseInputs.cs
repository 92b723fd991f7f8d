using MlxVideo.Engine.Conditioning;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;

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
    public IReadOnlyList<float> Sigmas { get; } = stage.Guided is { } guided
        ? Ltx2Schedule.Sigmas(guided.Steps)
        : DistilledSigmas.ForPass(stage.PassIndex);

    /// <summary>Returns the conditioned video tokens.</summary>
    public LatentState Video()
    {
        var state = VideoGrid.State(stage.Initial is null ? null : files.Read(stage.Initial, "video"));
        for (var index = 0; index < stage.Items.Count; index++)
        {
            var item = stage.Items[index];
            var encoded = files.Read(stage.Conditioning!, $"latent.{index}");
            IConditioningItem conditioning = item.Frame == 0
                ? new ReplaceLatentFrames(encoded, 0, item.Strength)
                : new AppendKeyframe(encoded, item.Frame, item.Strength);
            state = conditioning.Apply(state, VideoGrid);
        }

        return state;
    }

    /// <summary>Returns the audio tokens; null for a clip without audio.</summary>
    public LatentState? Audio() =>
        AudioGrid?.State(stage.InitialAudio is null ? null : files.Read(stage.InitialAudio, DenoiseExecutor.AudioLatent));

    /// <summary>Returns the denoising loop's input for video.</summary>
    public ModalityRun VideoRun(LatentState tokens) => Run(tokens, EncodePromptExecutor.VideoContext, stage.Guided?.Video);

    /// <summary>Returns the denoising loop's input for audio; null for a clip without audio.</summary>
    public ModalityRun? AudioRun(LatentState? tokens) =>
        tokens is null ? null : Run(tokens, EncodePromptExecutor.AudioContext, stage.Guided?.Audio);

    private ModalityRun Run(LatentState tokens, string context, GuidanceSettings? guidance) => new(
        tokens,
        files.Read(stage.Context, context),
        stage.NegativeContext is { } negative ? files.Read(negative, context) : null,
        guidance is null
            ? null
            : GuidancePlan.Always(guidance with { StgBlocks = guidance.StgBlocks ?? [models.Configs.Transformer.StgBlock] }));

    private static AudioGrid? AudioGridOf(DenoiseStage stage, ModelConfigs configs)
    {
        if (stage.AudioLatent is null)
            return null;
        if (!configs.HasAudio)
            throw new StageException(
                FailureKind.Input,
                "This model does not generate audio; request the clip without it (audio = false in the CSV, --no-audio in generate).");
        return new AudioGrid(
            AudioLatentSize.FramesForVideo(stage.NumFrames, stage.Fps), configs.AudioLatentChannels, configs.AudioLatentMelBins);
    }
}
