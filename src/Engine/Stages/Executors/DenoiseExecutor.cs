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
    /// <inheritdoc/>
    protected override void Run(DenoiseTask task, StageFiles files)
    {
        var grid = new VideoGrid(LatentSize.ForPixels(task.NumFrames, task.Width, task.Height), models.Configs.VideoChannels, task.Fps);
        var sigmas = DistilledSigmas.ForStage(task.Stage);
        var noised = Noised(task, files, grid, sigmas[0]);
        var loop = new DenoiseLoop(models.Transformer, models.Compute.Device);
        var video = new ModalityRun(noised, files.Read(task.Context, EncodePromptExecutor.VideoContext));
        var tokens = loop.Run(video, audio: null, sigmas, step => files.Step(step.Index + 1, step.Total));
        files.Write(task.Latent, ("video", grid.Latent(tokens.Video!)));
    }

    private LatentState Noised(DenoiseTask task, StageFiles files, VideoGrid grid, float scale)
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

        using var source = noise(task.Seed);
        foreach (var earlier in task.EarlierDraws)
            source.Skip(earlier, grid.Channels);
        return Noiser.Apply(state, source.Draw(state.Tokens, grid.Channels), scale);
    }
}
