using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Cli.ModelSources;
using MlxVideo.Hub;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>The model, its adapters and its quantization.</summary>
internal sealed class ModelOptions : IRequestOptions
{
    private readonly ModelSourceOptions _source = new();
    private readonly Option<string[]> _lora = RepeatableOption.Create(
        "--lora", "PATH [STRENGTH]", "Adapter (LoRA), with its strength (default 1); repeatable.").WithAliases("--lora-path");

    private readonly Option<string[]> _distilledLora = RepeatableOption.Create(
        "--distilled-lora", "PATH [STRENGTH]",
        "Distilled adapter for denoise pass 2 of two-stage pipelines; two-stage-hq also uses it in pass 1, at half of the strength.");

    private readonly Option<string?> _quantize = new("--quantize")
    {
        Description = "Quantize the transformer's large layers to BITS bits, in groups of GROUP (default 64), while loading them; "
            + "saves memory. Examples: 8, 4:64.",
        HelpName = "BITS[:GROUP]",
    };

    public ModelOptions(VariableDefaults variables) => variables.Apply(_source.TextEncoderRepository, "LTX_TEXT_ENCODER_REPO");

    /// <inheritdoc/>
    public OptionGroup Group => new("Model", [.. _source.All, _lora, _distilledLora, _quantize]);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        var adapters = AdapterArguments.Read(_lora.Name, parsed.GetValue(_lora) ?? [], AdapterPasses.Both, out var adapterError);
        var distilled = AdapterArguments.Read(
            _distilledLora.Name, parsed.GetValue(_distilledLora) ?? [], AdapterPasses.Second, out var distilledError);
        adapters.AddRange(DistilledAdapters.Of(request.Settings.Pipeline, distilled));
        var quantization = QuantizationArgument.Read(parsed.GetValue(_quantize), out var quantizationError);
        var missing = adapters.Select(adapter => adapter.Path).Distinct().Where(path => !File.Exists(path))
            .Select(path => $"--lora: the file {path} does not exist.").ToList();
        foreach (var reason in new[] { adapterError, distilledError, quantizationError }.OfType<string>().Concat(missing))
            errors.Add(reason);
        return request with
        {
            Model = Locate(parsed, errors),
            Inputs = request.Inputs with { Adapters = missing.Count == 0 ? adapters : [] },
            Load = request.Load with { Quantization = quantization },
        };
    }

    private ModelLocation? Locate(ParseResult parsed, ICollection<string> errors)
    {
        try
        {
            return _source.Locate(parsed);
        }
        catch (HubException ex)
        {
            errors.Add(ex.Message);
            return null;
        }
    }
}
