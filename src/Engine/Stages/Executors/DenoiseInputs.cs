using MlxVideo.Engine.Conditioning;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>What a denoising stage starts from, noise apart: everything that its stage and its artefacts say.</summary>
/// <param name="stage">The stage.</param>
/// <param name="files">Its artefacts.</param>
/// <param name="models">The model.</param>
internal sealed class DenoiseInputs(DenoiseStage stage, StageFiles files, ModelCache models)
{
    /// <summary>The video latent's grid.</summary>
    public VideoGrid VideoGrid { get; } =
        new(LatentSize.ForPixels(stage.NumFrames, stage.Width, stage.Height), models.Configs.VideoChannels, stage.Fps);

    /// <summary>The audio latent's grid; null for a clip without sound.</summary>
    /// <exception cref="StageException">The model makes no sound.</exception>
    public AudioGrid? AudioGrid { get; } = AudioGridOf(stage, models.Configs);

    /// <summary>Noise levels, one more than steps.</summary>
    public IReadOnlyList<float> Sigmas { get; } = stage.Guided is { } guided
        ? Ltx2Schedule.Sigmas(guided.Steps)
        : DistilledSigmas.ForPass(stage.PassIndex);

    /// <summary>The conditioned video tokens.</summary>
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

    /// <summary>The audio tokens; null for a clip without sound.</summary>
    public LatentState? Audio() =>
        AudioGrid?.State(stage.InitialAudio is null ? null : files.Read(stage.InitialAudio, DenoiseExecutor.AudioLatent));

    /// <summary>The video stream of the loop.</summary>
    /// <param name="tokens">Its tokens.</param>
    public ModalityRun VideoRun(LatentState tokens) => Run(tokens, EncodePromptExecutor.VideoContext, stage.Guided?.Video);

    /// <summary>The audio stream of the loop; null for a clip without sound.</summary>
    /// <param name="tokens">Its tokens.</param>
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
                "This model makes no sound: ask for the clip without it (audio = false in the CSV, --no-audio in generate).");
        return new AudioGrid(
            AudioLatentSize.FramesForVideo(stage.NumFrames, stage.Fps), configs.AudioLatentChannels, configs.AudioLatentMelBins);
    }
}
