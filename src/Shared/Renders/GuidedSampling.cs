using System.Text.Json.Serialization;

namespace MlxVideo.Shared.Renders;

/// <summary>How an undistilled model is sampled: many steps, each of several evaluations that guide away from what is not wanted.</summary>
/// <param name="Steps">Denoise steps.</param>
/// <param name="Video">Guidance of the pictures.</param>
/// <param name="Audio">Guidance of the sound.</param>
public sealed record GuidedSampling(int Steps, GuidanceSettings Video, GuidanceSettings Audio)
{
    /// <summary>What the official pipelines do with LTX-2.0 unless told otherwise (golden/schedule: <c>official_params</c>).</summary>
    public static GuidedSampling Official { get; } = Of(steps: 40, cfg: 3, audioCfg: 7, stg: 1, modality: 3, rescale: 0.7);

    /// <summary>The transformer's evaluations in a step, in their order: an evaluation that one modality wants runs for both.</summary>
    [JsonIgnore]
    public IReadOnlyList<GuidanceEvaluation> Evaluations =>
        Enum.GetValues<GuidanceEvaluation>().Where(evaluation => Video.Needs(evaluation) || Audio.Needs(evaluation)).ToList();

    /// <summary>The same for a clip without sound: there is nothing to isolate the pictures from.</summary>
    public GuidedSampling WithoutSound() => this with { Video = Video with { ModalityScale = 1 }, Audio = GuidanceSettings.None };

    /// <summary>Both modalities guided alike, but for the scale of classifier-free guidance.</summary>
    public static GuidedSampling Of(int steps, double cfg, double audioCfg, double stg, double modality, double rescale)
    {
        return new GuidedSampling(steps, Guidance(cfg), Guidance(audioCfg));

        GuidanceSettings Guidance(double scale) =>
            new() { CfgScale = scale, StgScale = stg, ModalityScale = modality, RescaleScale = rescale };
    }
}
