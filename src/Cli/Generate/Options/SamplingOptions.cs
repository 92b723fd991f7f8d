using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Text;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>The pipeline and its guidance.</summary>
internal sealed class SamplingOptions : IRequestOptions
{
    private const string VideoOnly = "stg_v";

    private static readonly GuidedSampling Official = GuidedSampling.Official;

    private readonly Option<string> _pipeline = new("--pipeline")
    {
        Description = "distilled for few steps with a distilled model; one-stage (alias dev), two-stage or two-stage-hq for guided steps "
            + "with an undistilled one; keyframes for motion between images; ic-lora for reference videos; audio-to-video; retake, "
            + "extend or upscale for a source video; text-to-audio for audio alone, as a WAV file.",
        DefaultValueFactory = _ => "distilled",
    };

    private readonly Option<string?> _negativePrompt = new("--negative-prompt")
    {
        Description = "Content to avoid, for guided pipelines; a long list of faults by default.",
    };

    private readonly Option<int> _steps = NumberOption.Int(
            "--steps", "Number of denoise steps of a guided pipeline; by default 30 with an LTX-2.3 model, and 15 in two-stage-hq.",
            Official.Steps)
        .WithAliases("--num-inference-steps");

    private readonly Option<int?> _pass1Steps = NumberOption.OptionalInt(
        "--stage1-steps", "Number of steps in denoise pass 1 of distilled sampling, 1 to 8; all 8 by default.");

    private readonly Option<int?> _pass2Steps = NumberOption.OptionalInt(
        "--stage2-steps", "Number of steps in denoise pass 2, 1 to 3; all 3 by default.");

    private readonly Option<string> _subsample;

    private readonly Option<string?> _sampler = new("--sampler")
    {
        Description = $"Sampler of guided steps: {string.Join(", ", ChoiceNames.Of<SamplerKind>())}; the pipeline's own by default.",
    };

    private readonly Option<bool> _guided = new("--guided")
    {
        Description = "Retake, extend or render audio alone with guided steps of an undistilled model.",
    };

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

    private readonly PipelineKind? _preset;

    /// <param name="preset">The pipeline that a subcommand has selected; null when an option selects it.</param>
    public SamplingOptions(PipelineKind? preset, VariableDefaults variables)
    {
        _preset = preset;
        _subsample = variables.Apply(
            ChoiceOption.Create(
                "--sigma-subsample", "Selection of noise levels when a pass has fewer steps than levels.", "farthest",
                "farthest", "uniform"),
            "LTX_SIGMA_SUBSAMPLE");
        _pipeline.CompletionSources.Add([.. ChoiceNames.Of<PipelineKind>()]);
    }

    /// <inheritdoc/>
    public OptionGroup Group => new("Sampling", _preset is null ? [_pipeline, .. Sampling] : Sampling);

    private IReadOnlyList<Option> Sampling =>
        [_negativePrompt, _steps, _pass1Steps, _pass2Steps, _subsample, _sampler, _guided, _cfg, _audioCfg, _stg, _stgBlocks, _stgMode,
            _modality, _rescale];

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        var pipeline = _preset.GetValueOrDefault();
        if (_preset is null && RenderSettingsRules.Pipeline(parsed.GetRequiredValue(_pipeline), out pipeline) is { } error)
            errors.Add($"--pipeline: {error}");
        _ = ChoiceNames.Read<SubsamplingRule>(parsed.GetValue(_subsample)!, out var subsampling);
        return request with
        {
            TakesOfficialSteps = pipeline != PipelineKind.TwoStageHq && parsed.GetResult(_steps) is not { Implicit: false },
            Settings = request.Settings with
            {
                Pipeline = pipeline,
                NegativePrompt = parsed.GetValue(_negativePrompt),
                Guided = Guided(pipeline, parsed, errors),
                DistilledSampling = !parsed.GetValue(_guided),
                Sampler = Sampler(parsed, errors),
                Pass1Steps = parsed.GetValue(_pass1Steps),
                Pass2Steps = parsed.GetValue(_pass2Steps),
                SigmaSubsampling = subsampling,
            },
        };
    }

    private SamplerKind? Sampler(ParseResult parsed, ICollection<string> errors)
    {
        if (parsed.GetValue(_sampler) is not { } name)
            return null;
        if (ChoiceNames.Read<SamplerKind>(name, out var sampler) is { } error)
            errors.Add($"--sampler: {error}");
        return sampler;
    }

    private GuidedSampling Guided(PipelineKind pipeline, ParseResult parsed, ICollection<string> errors)
    {
        var blocks = Blocks(parsed.GetValue(_stgBlocks) ?? [], errors);
        var official = GuidedSampling.OfficialFor(pipeline);
        var guided = GuidedSampling.Of(
            Given(_steps, official.Steps), Given(_cfg, official.Video.CfgScale), Given(_audioCfg, official.Audio.CfgScale),
            Given(_stg, official.Video.StgScale), Given(_modality, official.Video.ModalityScale),
            Given(_rescale, official.Video.RescaleScale));
        if (parsed.GetResult(_rescale) is not { Implicit: false })
            guided = guided with { Audio = guided.Audio with { RescaleScale = official.Audio.RescaleScale } };
        var audio = guided.Audio with { StgBlocks = blocks };
        return guided with
        {
            Video = guided.Video with { StgBlocks = blocks },
            Audio = parsed.GetValue(_stgMode) == VideoOnly ? audio with { StgScale = 0 } : audio,
        };

        T Given<T>(Option<T> option, T official) => parsed.GetResult(option) is { Implicit: false } ? parsed.GetValue(option)! : official;
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
