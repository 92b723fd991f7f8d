using MlxVideo.Engine.Resuming;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Denoising loop for video, audio or both, with or without guidance. State and arithmetic outside the transformer are float32
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
    /// <param name="resume">Saves the state between steps, and holds the state of an interrupted run; null for neither.</param>
    /// <param name="sampler">The sampler.</param>
    /// <param name="seed">The clip's seed, for samplers that add noise.</param>
    /// <returns>The tokens (B, T, C), including appended ones, float32, on the CPU.</returns>
    public StreamTokens Run(
        ModalityRun? video,
        ModalityRun? audio,
        IReadOnlyList<float> sigmas,
        Action<DenoiseStep>? onStep = null,
        CancellationToken cancellationToken = default,
        ResumePoint? resume = null,
        SamplerKind sampler = SamplerKind.Euler,
        long seed = 0)
    {
        using var scope = TensorScope.Open();
        using var pictures = video is null ? null : new ModalityLoop(video, transformer.VideoRotation(video.State.Positions), device);
        using var sound = audio is null ? null : new ModalityLoop(audio, transformer.AudioRotation(audio.State.Positions), device);
        var steps = sigmas.Count - 1;
        var done = Restore(resume, pictures, sound, steps);
        var tokens = new LoopTokens(pictures, sound);
        using var stepper = StepperOf(sampler, sigmas, seed);
        stepper.Skip(tokens, done);
        try
        {
            while (done < steps)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var stepScope = TensorScope.Open();
                var index = done;
                var step = stepper.Step(tokens, index, sigma => Predict(pictures, sound, index, sigma, cancellationToken));
                done++;
                if (done < steps)
                    resume?.Stepped(StateOf(done, pictures, sound));
                onStep?.Invoke(step);
            }
        }
        catch (OperationCanceledException)
        {
            resume?.Interrupted(StateOf(done, pictures, sound));
            throw;
        }

        return new StreamTokens(pictures?.Latent.to(CPU, copy: true), sound?.Latent.to(CPU, copy: true)).MoveToOuterDisposeScope();
    }

    /// <summary>Continues an interrupted run; returns its number of finished steps, or 0 when there is none.</summary>
    private static int Restore(ResumePoint? resume, ModalityLoop? video, ModalityLoop? audio, int steps)
    {
        using var scope = TensorScope.OpenOnHost();
        if (resume?.Load() is not { } state || state.Done > steps
            || video?.Matches(state.Latent.Video, state.Guided.Video) == false
            || audio?.Matches(state.Latent.Audio, state.Guided.Audio) == false)
            return 0;
        video?.Restore(state.Latent.Video!, state.Guided.Video);
        audio?.Restore(state.Latent.Audio!, state.Guided.Audio);
        return state.Done;
    }

    private static LoopState StateOf(int done, ModalityLoop? video, ModalityLoop? audio) => new(
        done, new StreamTokens(video?.Latent, audio?.Latent), new StreamTokens(video?.LastGuided, audio?.LastGuided));

    private static IStepper StepperOf(SamplerKind sampler, IReadOnlyList<float> sigmas, long seed) => sampler switch
    {
        SamplerKind.Euler => new EulerStepper(sigmas, noise: null),
        SamplerKind.EulerAncestral => new EulerStepper(sigmas, new StepNoise(seed, 1)),
        SamplerKind.Res2s => new Res2sStepper(sigmas, seed),
        _ => throw new ArgumentOutOfRangeException(nameof(sampler), sampler, "Unknown sampler."),
    };

    private LoopPredictions Predict(
        ModalityLoop? video, ModalityLoop? audio, int index, float sigma, CancellationToken cancellationToken)
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

        return new LoopPredictions(
            video?.Predict(step.HasVideo ? videoEvaluations : null, sigma), audio?.Predict(step.HasAudio ? audioEvaluations : null, sigma));

        void Take(GuidanceEvaluation evaluation, StreamTokens velocities)
        {
            if (step.HasVideo)
                videoEvaluations[evaluation] = video!.Denoise(velocities.Video!, sigma);
            if (step.HasAudio)
                audioEvaluations[evaluation] = audio!.Denoise(velocities.Audio!, sigma);
        }
    }
}
