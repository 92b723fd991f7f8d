using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Euler denoising loop for video, audio or both, with or without guidance. State and arithmetic outside the transformer are float32
/// (docs/reference/pipelines.md, facts 16, 22 and 23).
/// </summary>
/// <param name="device">The transformer's device.</param>
/// <param name="offload">Offloads some evaluations of each step; null to compute all of them locally.</param>
public sealed class DenoiseLoop(LtxTransformer transformer, Device device, EvaluationOffload? offload = null)
{
    /// <summary>Runs all steps.</summary>
    /// <param name="video">Null when absent.</param>
    /// <param name="audio">Null when absent.</param>
    /// <param name="sigmas">Noise levels in descending order, one more than steps; the last is 0.</param>
    /// <param name="onStep">Called after each step.</param>
    /// <param name="cancellationToken">Honoured between the transformer's blocks.</param>
    /// <returns>The tokens (B, T, C), including appended ones, float32, on the CPU.</returns>
    public StreamTokens Run(
        ModalityRun? video,
        ModalityRun? audio,
        IReadOnlyList<float> sigmas,
        Action<DenoiseStep>? onStep = null,
        CancellationToken cancellationToken = default)
    {
        using var scope = TensorScope.Open();
        using var pictures = video is null ? null : new ModalityLoop(video, transformer.VideoRotation(video.State.Positions), device);
        using var sound = audio is null ? null : new ModalityLoop(audio, transformer.AudioRotation(audio.State.Positions), device);
        var steps = sigmas.Count - 1;
        for (var index = 0; index < steps; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stepScope = TensorScope.Open();
            var step = Step(pictures, sound, index, steps, sigmas[index], sigmas[index + 1], cancellationToken);
            onStep?.Invoke(step);
        }

        return new StreamTokens(pictures?.Latent.to(CPU, copy: true), sound?.Latent.to(CPU, copy: true)).MoveToOuterDisposeScope();
    }

    private DenoiseStep Step(
        ModalityLoop? video, ModalityLoop? audio, int index, int total, float sigma, float sigmaNext, CancellationToken cancellationToken)
    {
        var step = new StepEvaluations(transformer, video, audio, index, sigma, cancellationToken);
        var needed = step.Needed;
        var (videoEvaluations, audioEvaluations) =
            (new Dictionary<GuidanceEvaluation, Tensor>(), new Dictionary<GuidanceEvaluation, Tensor>());
        var shared = offload?.Offer(index, needed.Count, new StreamTokens(video?.Latent, audio?.Latent)) ?? 0;
        StreamTokens? own = null;
        foreach (var evaluation in needed.SkipLast(shared))
            Take(evaluation, own = step.Velocities(evaluation));
        var received = shared > 0 ? offload!.Receive(index, needed.TakeLast(shared).ToList(), own!, device) : null;
        foreach (var evaluation in needed.TakeLast(shared))
            Take(evaluation, received?[evaluation] ?? step.Velocities(evaluation));

        return new DenoiseStep(
            index,
            total,
            video?.Advance(step.HasVideo ? videoEvaluations : null, sigma, sigmaNext),
            audio?.Advance(step.HasAudio ? audioEvaluations : null, sigma, sigmaNext));

        void Take(GuidanceEvaluation evaluation, StreamTokens velocities)
        {
            if (step.HasVideo)
                videoEvaluations[evaluation] = video!.Denoise(velocities.Video!, sigma);
            if (step.HasAudio)
                audioEvaluations[evaluation] = audio!.Denoise(velocities.Audio!, sigma);
        }
    }
}
