using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>
/// Runs the denoising loop of one stage: conditioning, noise, steps (docs/reference/pipelines.md, facts 1 to 16). It repeats and discards
/// the draws of earlier stages, which makes the noise of a seed independent of the machine that runs the stage.
/// </summary>
public sealed class DenoiseExecutor(ModelCache models, Func<long, INoiseSource> noise) : StageExecutor<DenoiseStage>
{
    /// <summary>Name of the audio latent in its artefact.</summary>
    internal const string AudioLatent = "audio";

    /// <inheritdoc/>
    protected override void Run(DenoiseStage stage, StageFiles files)
    {
        var inputs = new DenoiseInputs(stage, files, models);
        var (videoGrid, audioGrid) = (inputs.VideoGrid, inputs.AudioGrid);
        var (video, audio) = (inputs.Video(), inputs.Audio());
        using (var source = noise(stage.Seed))
        {
            foreach (var earlier in stage.EarlierDraws)
                source.Skip(earlier, earlier.Modality == Modality.Video ? videoGrid.Channels : audioGrid!.TokenChannels);
            video = video is null ? null : Noiser.Apply(video, source.Draw(video.Tokens, videoGrid.Channels), inputs.VideoNoise);
            audio = audio is null ? null : Noiser.Apply(audio, source.Draw(audio.Tokens, audioGrid!.TokenChannels), inputs.AudioNoise);
        }

        if (files.Resume is { Done: > 0 and var done })
            files.Notice?.Invoke($"Stage {stage.Id} continues after step {done} of {stage.Steps}, where an earlier run was interrupted.");
        var loop = new DenoiseLoop(
            inputs.Transformer, models.Compute.Device, files.Evaluations is null ? null : new EvaluationOffload(files.Evaluations));
        var tokens = loop.Run(inputs.VideoRun(video), inputs.AudioRun(audio), inputs.Sigmas, step =>
            files.Step(step.Index + 1, step.Total), files.Cancellation, files.Resume, stage.Sampler, stage.Seed);
        if (!stage.AudioOnly)
            files.Write(stage.Latent, ("video", videoGrid.Latent(tokens.Video!)));
        if (stage.AudioLatent is not null)
            files.Write(stage.AudioLatent, (AudioLatent, audioGrid!.Latent(tokens.Audio!)));
        files.Resume?.Delete();
    }
}
