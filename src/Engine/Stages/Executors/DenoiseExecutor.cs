using MlxVideo.Engine.Conditioning;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Renders.Stages;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>
/// The denoising loop of one stage: conditioning, noise, steps (README-pipelines, facts 1 to 16). The noise of earlier
/// stages is drawn again and thrown away, so that a seed means the same wherever a stage runs.
/// </summary>
public sealed class DenoiseExecutor(ModelCache models, Func<long, INoiseSource> noise) : StageExecutor<DenoiseTask>
{
    /// <summary>Name of the audio latent in its artefact.</summary>
    internal const string AudioLatent = "audio";

    /// <inheritdoc/>
    protected override void Run(DenoiseTask task, StageFiles files)
    {
        var videoGrid = new VideoGrid(LatentSize.ForPixels(task.NumFrames, task.Width, task.Height), models.Configs.VideoChannels, task.Fps);
        var audioGrid = AudioGridOf(task);
        var video = Conditioned(task, files, videoGrid);
        var audio = audioGrid?.State(task.InitialAudio is null ? null : files.Read(task.InitialAudio, AudioLatent));
        var sigmas = task.Guided is { } guided ? Ltx2Schedule.Sigmas(guided.Steps) : DistilledSigmas.ForStage(task.Stage);
        var noiseScale = task.Initial is null ? 1 : sigmas[0];
        using (var source = noise(task.Seed))
        {
            foreach (var earlier in task.EarlierDraws)
                source.Skip(earlier, earlier.Modality == Modality.Video ? videoGrid.Channels : audioGrid!.TokenChannels);
            video = Noiser.Apply(video, source.Draw(video.Tokens, videoGrid.Channels), noiseScale);
            audio = audio is null ? null : Noiser.Apply(audio, source.Draw(audio.Tokens, audioGrid!.TokenChannels), noiseScale);
        }

        var loop = new DenoiseLoop(models.Transformer, models.Compute.Device);
        var tokens = loop.Run(
            Stream(task, files, video, EncodePromptExecutor.VideoContext, task.Guided?.Video),
            audio is null ? null : Stream(task, files, audio, EncodePromptExecutor.AudioContext, task.Guided?.Audio),
            sigmas,
            step => files.Step(step.Index + 1, step.Total));
        files.Write(task.Latent, ("video", videoGrid.Latent(tokens.Video!)));
        if (task.AudioLatent is not null)
            files.Write(task.AudioLatent, (AudioLatent, audioGrid!.Latent(tokens.Audio!)));
    }

    private ModalityRun Stream(DenoiseTask task, StageFiles files, LatentState state, string context, GuidanceSettings? guidance) => new(
        state,
        files.Read(task.Context, context),
        task.NegativeContext is { } negative ? files.Read(negative, context) : null,
        guidance is null ? null : GuidancePlan.Always(guidance with { StgBlocks = guidance.StgBlocks ?? [models.Configs.Transformer.StgBlock] }));

    /// <summary>Null for a clip without sound.</summary>
    private AudioGrid? AudioGridOf(DenoiseTask task)
    {
        if (task.AudioLatent is null)
            return null;
        if (!models.Configs.HasAudio)
            throw new StageException(StageFault.Input, "This model makes no sound: ask for the clip without it (audio = false in the CSV, --no-audio in generate).");
        return new AudioGrid(
            AudioLatentSize.FramesForVideo(task.NumFrames, task.Fps), models.Configs.AudioLatentChannels, models.Configs.AudioLatentMelBins);
    }

    private static LatentState Conditioned(DenoiseTask task, StageFiles files, VideoGrid grid)
    {
        var state = grid.State(task.Initial is null ? null : files.Read(task.Initial, "video"));
        for (var index = 0; index < task.Items.Count; index++)
        {
            var item = task.Items[index];
            var encoded = files.Read(task.Conditioning!, $"latent.{index}");
            IConditioningItem conditioning = item.Frame == 0
                ? new ReplaceLatentFrames(encoded, 0, item.Strength)
                : new AppendKeyframe(encoded, item.Frame, item.Strength);
            state = conditioning.Apply(state, grid);
        }

        return state;
    }
}
