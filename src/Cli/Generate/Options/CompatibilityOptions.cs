using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>
/// Options of mlx-video that have no counterpart (docs/differences.md): refused with the reason, or accepted without effect if they ask for
/// what always happens. The help does not list them.
/// </summary>
internal sealed class CompatibilityOptions : IRequestOptions
{
    private const string MetalCapture = "GPU traces are recorded by Apple's tools: run this command in Instruments, template Metal System "
        + "Trace.";

    private const string Compile = "libtorch runs each operation directly, so there is nothing to compile: omit the option.";

    private static readonly (string Name, string Reason)[] RefusedSwitches =
    [
        ("--enable-fp8", "Checkpoints in float8 need no option; --quantize 8 stores the weights of other checkpoints in 8 bits."),
        ("--compile", Compile),
        ("--compile-shapeless", Compile),
        ("--cfg-batch", "The evaluations of a step run one after another, which needs less memory: omit the option."),
        ("--no-fp32-euler", "Steps are always computed in float32, because rounding would add up: omit the option."),
        ("--metal-capture", MetalCapture),
        ("--stage2-dev", "Pass 2 has the steps for which the model was distilled: use --pipeline one-stage for guided steps at full size."),
        ("--include-reference-in-output", "The clip has only what was rendered: ffmpeg's filter hstack joins it with the reference."),
    ];

    private static readonly (string Name, string Reason)[] RefusedValues =
    [
        ("--eval-interval", "Every step is computed before the next one starts, so that it can be shown and saved: omit the option."),
        ("--cache-limit-gb", "The cache of freed memory has no limit of its own: use --memory-limit."),
        ("--stage2-model-repo", "All passes use one model: use --distilled-lora for an adapter of pass 2."),
        ("--audio-model-repo", "Audio and video come from one model, so that they match: omit the option."),
        ("--audio-steps", "Audio and video are denoised together: use --steps."),
        ("--metal-capture-path", MetalCapture),
        ("--metal-capture-phase", MetalCapture),
    ];

    private static readonly string[] Accepted = ["--no-compile", "--no-cfg-batch", "--fp32-euler", "--clear-cache"];

    private readonly Option<string> _quantization = Hide(ChoiceOption.Create("--quantization", "", "auto", "auto", "prequant", "runtime"));
    private readonly IReadOnlyList<(Option Option, string Reason)> _refused =
    [
        .. RefusedSwitches.Select(refused => (Hide<Option>(new Option<bool>(refused.Name)), refused.Reason)),
        .. RefusedValues.Select(refused => (Hide<Option>(new Option<string>(refused.Name)), refused.Reason)),
    ];

    private readonly IReadOnlyList<Option> _accepted = [.. Accepted.Select(name => Hide<Option>(new Option<bool>(name)))];

    private readonly VariableDefaults _variables;

    public CompatibilityOptions(VariableDefaults variables)
    {
        _variables = variables;
        variables.Apply(_quantization, "LTX_QUANTIZATION");
    }

    /// <inheritdoc/>
    public OptionGroup Group => new("Compatibility", [_quantization, .. _refused.Select(refused => refused.Option), .. _accepted]);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        foreach (var (option, reason) in _refused.Where(refused => parsed.GetResult(refused.Option) is { Implicit: false }))
            errors.Add($"{option.Name}: {reason}");
        if (parsed.GetValue(_quantization) == "runtime" && request.Load.Quantization is null)
        {
            errors.Add($"{_variables.OriginOf(_quantization, parsed)}: 'runtime' does not say how: use --quantize BITS with a model "
                + "that is not quantized.");
        }

        return request;
    }

    private static TOption Hide<TOption>(TOption option)
        where TOption : Option
    {
        option.Hidden = true;
        return option;
    }
}
