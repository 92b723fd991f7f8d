using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate;

/// <summary>Options that select the pipeline and its guidance.</summary>
internal sealed class SamplingOptions
{
    private static readonly GuidedSampling Official = GuidedSampling.Official;

    private readonly Option<string> _pipeline = new("--pipeline")
    {
        Description = "distilled, or one-stage (alias dev) for guided many-step sampling with an undistilled model.",
        DefaultValueFactory = _ => "distilled",
        CompletionSources = { "distilled", "one-stage" },
    };

    private readonly Option<int> _steps = NumberOption.Int("--steps", "Number of denoise steps of a guided pipeline.", Official.Steps);
    private readonly Option<double> _cfg = NumberOption.Decimal(
        "--cfg-scale",
        "Classifier-free guidance scale for the video; steers away from the negative prompt. 1 turns it off, which saves one evaluation "
            + "per step.",
        Official.Video.CfgScale);
    private readonly Option<double> _audioCfg = NumberOption.Decimal(
        "--audio-cfg-scale", "Classifier-free guidance scale for the audio.", Official.Audio.CfgScale);
    private readonly Option<double> _stg = NumberOption.Decimal(
        "--stg-scale",
        "Spatio-temporal guidance scale; steers away from a prediction without self-attention in one block. 0 turns it off.",
        Official.Video.StgScale);
    private readonly Option<double> _modality = NumberOption.Decimal(
        "--modality-scale",
        "Modality guidance scale; steers away from predictions of video and audio that ignore each other. 1 turns it off.",
        Official.Video.ModalityScale);
    private readonly Option<double> _rescale = NumberOption.Decimal(
        "--rescale-scale", "Guidance rescale factor, 0 to 1; removes this share of the contrast added by guidance.",
        Official.Video.RescaleScale);

    /// <summary>The option that chooses the pipeline.</summary>
    public Option Pipeline => _pipeline;

    /// <summary>The options of guided pipelines.</summary>
    public IReadOnlyList<Option> Guidance => [_steps, _cfg, _audioCfg, _stg, _modality, _rescale];

    /// <summary>Applies the options to render settings.</summary>
    /// <exception cref="UsageException">The pipeline is unknown.</exception>
    public RenderSettings Apply(RenderSettings settings, ParseResult parsed)
    {
        if (RenderSettingsRules.Pipeline(parsed.GetValue(_pipeline)!, out var pipeline) is { } error)
            throw new UsageException($"--pipeline: {error}");
        return settings with
        {
            Pipeline = pipeline,
            Guided = GuidedSampling.Of(
                parsed.GetValue(_steps), parsed.GetValue(_cfg), parsed.GetValue(_audioCfg), parsed.GetValue(_stg),
                parsed.GetValue(_modality), parsed.GetValue(_rescale)),
        };
    }
}
