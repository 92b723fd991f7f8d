using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Text;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>The pipeline and its guidance.</summary>
/// <param name="preset">The pipeline that a subcommand has selected; null when an option selects it.</param>
internal sealed class SamplingOptions(PipelineKind? preset) : IRequestOptions
{
    private const string VideoOnly = "stg_v";

    private static readonly GuidedSampling Official = GuidedSampling.Official;

    private readonly Option<string> _pipeline = new("--pipeline")
    {
        Description = "distilled, or one-stage (alias dev) for guided many-step sampling with an undistilled model.",
        DefaultValueFactory = _ => "distilled",
        CompletionSources = { "distilled", "one-stage" },
    };

    private readonly Option<string?> _negativePrompt = new("--negative-prompt")
    {
        Description = "Content to avoid, for guided pipelines; a long list of faults by default.",
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

    private readonly Option<string[]> _stgBlocks = RepeatableOption.Create(
        "--stg-blocks", "BLOCK", "Transformer blocks without self-attention in that prediction; the model's usual one by default.");

    private readonly Option<string> _stgMode = ChoiceOption.Create(
        "--stg-mode", "Modalities guided by it: stg_av for video and audio, stg_v for the video only.", "stg_av", "stg_av", VideoOnly);

    private readonly Option<double> _modality = NumberOption.Decimal(
        "--modality-scale",
        "Modality guidance scale; steers away from predictions of video and audio that ignore each other. 1 turns it off.",
        Official.Video.ModalityScale);

    private readonly Option<double> _rescale = NumberOption.Decimal(
        "--rescale-scale", "Guidance rescale factor, 0 to 1; removes this share of the contrast added by guidance.",
        Official.Video.RescaleScale);

    /// <inheritdoc/>
    public OptionGroup Group => new("Sampling", preset is null ? [_pipeline, .. Sampling] : Sampling);

    private IReadOnlyList<Option> Sampling =>
        [_negativePrompt, _steps, _cfg, _audioCfg, _stg, _stgBlocks, _stgMode, _modality, _rescale];

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        var pipeline = preset.GetValueOrDefault();
        if (preset is null && RenderSettingsRules.Pipeline(parsed.GetRequiredValue(_pipeline), out pipeline) is { } error)
            errors.Add($"--pipeline: {error}");
        return request with
        {
            Settings = request.Settings with
            {
                Pipeline = pipeline,
                NegativePrompt = parsed.GetValue(_negativePrompt),
                Guided = Guided(parsed, errors),
            },
        };
    }

    private GuidedSampling Guided(ParseResult parsed, ICollection<string> errors)
    {
        var blocks = Blocks(parsed.GetValue(_stgBlocks) ?? [], errors);
        var guided = GuidedSampling.Of(
            parsed.GetValue(_steps), parsed.GetValue(_cfg), parsed.GetValue(_audioCfg), parsed.GetValue(_stg), parsed.GetValue(_modality),
            parsed.GetValue(_rescale));
        var audio = guided.Audio with { StgBlocks = blocks };
        return guided with
        {
            Video = guided.Video with { StgBlocks = blocks },
            Audio = parsed.GetValue(_stgMode) == VideoOnly ? audio with { StgScale = 0 } : audio,
        };
    }

    private static List<int>? Blocks(IReadOnlyList<string> values, ICollection<string> errors)
    {
        var blocks = new List<int>();
        foreach (var value in values.SelectMany(value => value.Split(',')))
        {
            if (NumberText.ReadWhole(value, out var block) is { } reason)
                errors.Add($"--stg-blocks: {reason}");
            blocks.Add((int)Math.Clamp(block, int.MinValue, int.MaxValue));
        }

        return blocks.Count == 0 ? null : blocks;
    }
}
