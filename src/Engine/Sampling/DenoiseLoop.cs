using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Euler steps from noise to latents, of video, audio or both, with or without guidance. State and arithmetic outside the
/// transformer are float32 (README-pipelines, facts 16, 22 and 23).
/// </summary>
public sealed class DenoiseLoop(LtxTransformer transformer, Device device)
{
    /// <summary>Denoises.</summary>
    /// <param name="video">The video stream; null when it is absent.</param>
    /// <param name="audio">The audio stream; null when it is absent.</param>
    /// <param name="sigmas">Noise levels, one more than steps, falling; the last is 0.</param>
    /// <param name="onStep">Told after each step.</param>
    /// <param name="cancellation">Honoured between steps.</param>
    /// <returns>The tokens (B, T, C), appended ones included, float32, on the CPU.</returns>
    public StreamTokens Run(
        ModalityRun? video,
        ModalityRun? audio,
        IReadOnlyList<float> sigmas,
        Action<DenoiseStep>? onStep = null,
        CancellationToken cancellation = default)
    {
        using var scope = TensorScope.Open();
        using var pictures = video is null ? null : new ModalityLoop(video, transformer.VideoRotation(video.State.Positions), device);
        using var sound = audio is null ? null : new ModalityLoop(audio, transformer.AudioRotation(audio.State.Positions), device);
        var steps = sigmas.Count - 1;
        for (var index = 0; index < steps; index++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var stepScope = TensorScope.Open();
            var step = Step(pictures, sound, index, steps, sigmas[index], sigmas[index + 1]);
            onStep?.Invoke(step);
        }

        return new StreamTokens(pictures?.Latent.to(CPU, copy: true), sound?.Latent.to(CPU, copy: true)).MoveToOuterDisposeScope();
    }

    private DenoiseStep Step(ModalityLoop? video, ModalityLoop? audio, int index, int total, float sigma, float sigmaNext)
    {
        var (ofVideo, ofAudio) = (Active(video, index, sigma), Active(audio, index, sigma));
        var (videoPasses, audioPasses) = (new Dictionary<GuidancePass, Tensor>(), new Dictionary<GuidancePass, Tensor>());
        foreach (var pass in Enum.GetValues<GuidancePass>())
        {
            if (ofVideo?.Needs(pass) == true || ofAudio?.Needs(pass) == true)
                Predict(pass);
        }

        return new DenoiseStep(
            index,
            total,
            video?.Advance(ofVideo is null ? null : videoPasses, sigma, sigmaNext),
            audio?.Advance(ofAudio is null ? null : audioPasses, sigma, sigmaNext));

        // A pass that one modality wants runs for both.
        void Predict(GuidancePass pass)
        {
            using var scope = TensorScope.Open();
            var velocities = transformer.Forward(
                video?.Input(pass, sigma, enabled: ofVideo is not null),
                audio?.Input(pass, sigma, enabled: ofAudio is not null),
                Perturbations(pass, ofVideo, ofAudio));
            if (ofVideo is not null)
                videoPasses[pass] = video!.Denoise(velocities.Video!, sigma).MoveToOuterDisposeScope();
            if (ofAudio is not null)
                audioPasses[pass] = audio!.Denoise(velocities.Audio!, sigma).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The guidance of a modality in a step; null when it is absent or reuses its last prediction.</summary>
    private static GuidanceSettings? Active(ModalityLoop? modality, int index, float sigma) =>
        modality?.Guidance(sigma) is { } guidance && !guidance.Skips(index) ? guidance : null;

    private static IReadOnlyList<Perturbation> Perturbations(GuidancePass pass, GuidanceSettings? video, GuidanceSettings? audio) => pass switch
    {
        GuidancePass.Perturbed => SkippedSelfAttention(video, SkippedLayer.VideoSelfAttention).Concat(SkippedSelfAttention(audio, SkippedLayer.AudioSelfAttention)).ToList(),
        GuidancePass.Isolated => Perturbation.IsolatedModalities,
        _ => [],
    };

    private static IEnumerable<Perturbation> SkippedSelfAttention(GuidanceSettings? guidance, SkippedLayer layer) =>
        guidance?.Needs(GuidancePass.Perturbed) == true ? [new Perturbation(layer, guidance.StgBlocks?.ToHashSet() ?? [])] : [];
}
