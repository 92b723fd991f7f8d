using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>
/// Computes offloaded evaluations of single steps for a denoising loop on another machine. Keeps no state between steps: everything except
/// a step's tokens comes from the stage's artefacts.
/// </summary>
internal sealed class EvaluationExecutor(ModelCache models)
{
    /// <summary>Computes the last evaluations of a step.</summary>
    /// <param name="stage">A guided denoise stage.</param>
    /// <param name="count">Number of evaluations, counted from the last.</param>
    /// <param name="velocitiesFile">The file to write.</param>
    public void Run(DenoiseStage stage, StageFiles files, int step, int count, string tokensFile, string velocitiesFile)
    {
        var inputs = new DenoiseInputs(stage, files, models);
        var tokens = EvaluationFiles.ReadTokens(tokensFile);
        var (transformer, device) = (inputs.Transformer, models.Compute.Device);
        var (ofVideo, ofAudio) = (inputs.VideoRun(Video()), inputs.AudioRun(Audio()));
        using var video = ofVideo is null ? null : new ModalityLoop(ofVideo, transformer.VideoRotation(ofVideo.State.Positions), device);
        using var audio = ofAudio is null ? null : new ModalityLoop(ofAudio, transformer.AudioRotation(ofAudio.State.Positions), device);
        var evaluations = new StepEvaluations(transformer, video, audio, step, inputs.Sigmas[step], files.Cancellation);
        var velocities = new Dictionary<GuidanceEvaluation, StreamTokens>();
        foreach (var evaluation in evaluations.Needed.TakeLast(count))
        {
            files.Cancellation.ThrowIfCancellationRequested();
            velocities[evaluation] = evaluations.Velocities(evaluation);
        }

        EvaluationFiles.WriteVelocities(velocitiesFile, velocities);

        LatentState? Video() => inputs.Video() is { } state ? state with { Latent = tokens.Video! } : null;
        LatentState? Audio() => inputs.Audio() is { } state ? state with { Latent = tokens.Audio! } : null;
    }
}
