using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using TorchSharp;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Selects and runs the transformer evaluations that guidance needs in one step. An evaluation needed by one modality runs for both.
/// </summary>
/// <param name="video">Null when absent.</param>
/// <param name="audio">Null when absent.</param>
/// <param name="index">The step's index.</param>
/// <param name="sigma">The step's noise level.</param>
/// <param name="cancellationToken">Honoured between the transformer's blocks.</param>
internal sealed class StepEvaluations(
    LtxTransformer transformer, ModalityLoop? video, ModalityLoop? audio, int index, float sigma, CancellationToken cancellationToken)
{
    private readonly GuidanceSettings? _ofVideo = Active(video, index, sigma);
    private readonly GuidanceSettings? _ofAudio = Active(audio, index, sigma);

    /// <summary>False when video is absent or reuses its previous prediction.</summary>
    public bool HasVideo => _ofVideo is not null;

    /// <summary>False when audio is absent or reuses its previous prediction.</summary>
    public bool HasAudio => _ofAudio is not null;

    /// <summary>The needed evaluations, in enum order.</summary>
    public IReadOnlyList<GuidanceEvaluation> Needed =>
        Enum.GetValues<GuidanceEvaluation>()
            .Where(evaluation => _ofVideo?.Needs(evaluation) == true || _ofAudio?.Needs(evaluation) == true).ToList();

    /// <summary>
    /// Predicts an evaluation's velocities (B, T, C) on the device; null for a modality that is absent or reuses its previous prediction.
    /// They belong to the current dispose scope.
    /// </summary>
    public StreamTokens Velocities(GuidanceEvaluation evaluation)
    {
        using var scope = TensorScope.Open();
        var velocities = transformer.Forward(
            video?.Input(evaluation, sigma, enabled: HasVideo),
            audio?.Input(evaluation, sigma, enabled: HasAudio),
            Perturbations(evaluation),
            cancellationToken);
        return new StreamTokens(HasVideo ? velocities.Video : null, HasAudio ? velocities.Audio : null).MoveToOuterDisposeScope();
    }

    private static GuidanceSettings? Active(ModalityLoop? modality, int index, float sigma) =>
        modality?.Guidance(sigma) is { } guidance && !guidance.Skips(index) ? guidance : null;

    private IReadOnlyList<Perturbation> Perturbations(GuidanceEvaluation evaluation) => evaluation switch
    {
        GuidanceEvaluation.Perturbed =>
            SkippedSelfAttention(_ofVideo, SkippedLayer.VideoSelfAttention)
                .Concat(SkippedSelfAttention(_ofAudio, SkippedLayer.AudioSelfAttention)).ToList(),
        GuidanceEvaluation.Isolated => Perturbation.IsolatedModalities,
        _ => [],
    };

    private static IEnumerable<Perturbation> SkippedSelfAttention(GuidanceSettings? guidance, SkippedLayer layer) =>
        guidance?.Needs(GuidanceEvaluation.Perturbed) == true ? [new Perturbation(layer, guidance.StgBlocks?.ToHashSet() ?? [])] : [];
}
