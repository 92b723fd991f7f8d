using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate;

/// <summary>The options that choose a pipeline and say how a guided one samples.</summary>
internal sealed class SamplingOptions
{
    private static readonly GuidedSampling Official = GuidedSampling.Official;

    private readonly Option<string> _pipeline = new("--pipeline")
    {
        Description = "distilled, or one-stage (dev) for an undistilled model: guided, many steps.",
        DefaultValueFactory = _ => "distilled",
    };

    private readonly Option<int> _steps = NumberOption.Int("--steps", "Denoise steps of a guided pipeline.", Official.Steps);
    private readonly Option<double> _cfg = NumberOption.Decimal(
        "--cfg-scale",
        "How far pictures are guided away from the negative prompt; 1 for not at all, which saves a pass.",
        Official.Video.CfgScale);
    private readonly Option<double> _audioCfg = NumberOption.Decimal(
        "--audio-cfg-scale", "The same for the sound.", Official.Audio.CfgScale);
    private readonly Option<double> _stg = NumberOption.Decimal(
        "--stg-scale",
        "How far it is guided away from a prediction without self-attention in one block; 0 for not at all.",
        Official.Video.StgScale);
    private readonly Option<double> _modality = NumberOption.Decimal(
        "--modality-scale",
        "How far it is guided away from pictures and sound that do not know of each other; 1 for not at all.",
        Official.Video.ModalityScale);
    private readonly Option<double> _rescale = NumberOption.Decimal(
        "--rescale-scale", "How far the contrast that guidance adds is taken back, 0 to 1.", Official.Video.RescaleScale);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _pipeline, _steps, _cfg, _audioCfg, _stg, _modality, _rescale })
            command.Options.Add(option);
    }

    /// <summary>The settings with what was asked for.</summary>
    /// <exception cref="UsageException">There is no such pipeline.</exception>
    public RenderSettings Apply(RenderSettings settings, ParseResult parsed)
    {
        if (RenderSettingsRules.Pipeline(parsed.GetValue(_pipeline)!, out var pipeline) is { } fault)
            throw new UsageException($"--pipeline: {fault}");
        return settings with
        {
            Pipeline = pipeline,
            Guided = GuidedSampling.Of(
                parsed.GetValue(_steps), parsed.GetValue(_cfg), parsed.GetValue(_audioCfg), parsed.GetValue(_stg),
                parsed.GetValue(_modality), parsed.GetValue(_rescale)),
        };
    }
}
