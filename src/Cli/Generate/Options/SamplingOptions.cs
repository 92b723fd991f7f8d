using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>The pipeline and its guidance.</summary>
internal sealed class SamplingOptions : IRequestOptions
{
    private static readonly GuidedSampling Official = GuidedSampling.Official;

    private readonly Option<string> _pipeline = new("--pipeline")
    {
        Description = "distilled, or one-stage (alias dev) for guided many-step sampling with an undistilled model.",
        DefaultValueFactory = _ => "distilled",
        CompletionSources = { "distilled", "one-stage" },
    };

    private readonly Option<string> _negativePrompt = new("--negative-prompt")
    {
        Description = "Content to avoid; used by guided pipelines only.",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<int> _steps = NumberOption.Int("--steps", "Number of denoise steps of a guided pipeline.", Official.Steps)
        .WithAliases("--num-inference-steps");

    private readonly Option<double> _cfg = NumberOption.Decimal(
        "--cfg-scale",
        "Classifier-free guidance scale for the video; steers away from the negative prompt. 1 turns it off, which saves one evaluation "
            + "per step.",
        Official.Video.CfgScale).WithAliases("--cfg-guidance-scale", "--guidance-scale");

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

    /// <inheritdoc/>
    public OptionGroup Group => new("Sampling", _pipeline, _negativePrompt, _steps, _cfg, _audioCfg, _stg, _modality, _rescale);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        if (RenderSettingsRules.Pipeline(parsed.GetRequiredValue(_pipeline), out var pipeline) is { } error)
            errors.Add($"--pipeline: {error}");
        return request with
        {
            Settings = request.Settings with
            {
                Pipeline = pipeline,
                NegativePrompt = parsed.GetRequiredValue(_negativePrompt),
                Guided = GuidedSampling.Of(
                    parsed.GetValue(_steps), parsed.GetValue(_cfg), parsed.GetValue(_audioCfg), parsed.GetValue(_stg),
                    parsed.GetValue(_modality), parsed.GetValue(_rescale)),
            },
        };
    }
}
