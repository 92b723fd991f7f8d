using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>The model, its adapters and its quantization.</summary>
internal sealed class ModelOptions : IRequestOptions
{
    private readonly Option<DirectoryInfo?> _model = new("--model") { Description = "Model folder; the built-in tiny model by default." };
    private readonly Option<string[]> _lora = RepeatableOption.Create(
        "--lora", "PATH [STRENGTH]", "Adapter (LoRA), with its strength (default 1); repeatable.").WithAliases("--lora-path");

    private readonly Option<string?> _quantize = new("--quantize")
    {
        Description = "Quantize the transformer's large layers to BITS bits, in groups of GROUP (default 64), while loading them; "
            + "saves memory. Examples: 8, 4:64.",
        HelpName = "BITS[:GROUP]",
    };

    /// <inheritdoc/>
    public OptionGroup Group => new("Model", _model, _lora, _quantize);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        var adapters = AdapterArguments.Read(parsed.GetValue(_lora) ?? [], out var adapterError);
        var quantization = QuantizationArgument.Read(parsed.GetValue(_quantize), out var quantizationError);
        var missing = adapters.Where(adapter => !File.Exists(adapter.Path))
            .Select(adapter => $"--lora: the file {adapter.Path} does not exist.");
        foreach (var reason in new[] { adapterError, quantizationError }.OfType<string>().Concat(missing))
            errors.Add(reason);
        return request with
        {
            ModelFolder = parsed.GetValue(_model)?.FullName,
            Load = new LoadOptions(adapters, Quantization: quantization),
        };
    }
}
