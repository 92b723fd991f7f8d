using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace MlxVideo.Shared.Renders;

/// <summary>Sampling of an undistilled model: many denoise steps, each with several transformer evaluations for guidance.</summary>
/// <param name="Steps">Number of denoise steps.</param>
/// <param name="Video">Guidance of the video.</param>
/// <param name="Audio">Guidance of the audio.</param>
public sealed record GuidedSampling(
    [property: Range(1, RenderSettingsRules.MaxSteps)] int Steps, GuidanceSettings Video, GuidanceSettings Audio)
{
    /// <summary>Defaults of the official pipelines for LTX-2.0 (golden/schedule: <c>official_params</c>).</summary>
    public static GuidedSampling Official { get; } = Of(steps: 40, cfg: 3, audioCfg: 7, stg: 1, modality: 3, rescale: 0.7);

    /// <summary>Returns the official defaults of a pipeline.</summary>
    public static GuidedSampling OfficialFor(PipelineKind pipeline) => pipeline == PipelineKind.TwoStageHq
        ? new GuidedSampling(
            PipelineDefaults.Ltx23HighQuality.Steps, PipelineDefaults.Ltx23HighQuality.Video, PipelineDefaults.Ltx23HighQuality.Audio)
        : Official;

    /// <summary>Transformer evaluations of a step, in order. An evaluation that one modality requires runs for both.</summary>
    [JsonIgnore]
    public IReadOnlyList<GuidanceEvaluation> Evaluations =>
        Enum.GetValues<GuidanceEvaluation>().Where(evaluation => Video.Needs(evaluation) || Audio.Needs(evaluation)).ToList();

    /// <summary>Returns these settings for a clip without audio: modality guidance has nothing to isolate the video from.</summary>
    public GuidedSampling WithoutAudio() => this with { Video = Video with { ModalityScale = 1 }, Audio = GuidanceSettings.None };

    /// <summary>Returns these settings for audio alone: modality guidance has nothing to isolate the audio from.</summary>
    public GuidedSampling WithoutVideo() => this with { Video = GuidanceSettings.None, Audio = Audio with { ModalityScale = 1 } };

    /// <summary>Creates settings that guide both modalities equally, except for the scale of classifier-free guidance.</summary>
    public static GuidedSampling Of(int steps, double cfg, double audioCfg, double stg, double modality, double rescale)
    {
        return new GuidedSampling(steps, Guidance(cfg), Guidance(audioCfg));

        GuidanceSettings Guidance(double scale) =>
            new() { CfgScale = scale, StgScale = stg, ModalityScale = modality, RescaleScale = rescale };
    }
}
