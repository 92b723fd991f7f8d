using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Conversion;
using MlxVideo.Engine.Inventory;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Cli.Models;

/// <summary>The command <c>mlx-video model convert</c>.</summary>
internal static class ConvertCommand
{
    private const string ReportName = "layer_report.json";

    private static readonly IReadOnlyDictionary<string, TensorDtype> Dtypes = new Dictionary<string, TensorDtype>
    {
        ["float32"] = TensorDtype.F32,
        ["float16"] = TensorDtype.F16,
        ["bfloat16"] = TensorDtype.BF16,
    };

    private static readonly IReadOnlyDictionary<string, QuantizationScope> Scopes = new Dictionary<string, QuantizationScope>
    {
        ["attn1"] = QuantizationScope.VideoSelfAttention,
        ["video-core"] = QuantizationScope.VideoCore,
        ["core"] = QuantizationScope.Core,
        ["all"] = QuantizationScope.All,
    };

    public static Command Create()
    {
        var model = new ModelArgument();
        var output = new Option<DirectoryInfo>("--output", "-o")
        {
            Description = "Folder to create for the converted model.",
            Required = true,
        };
        var dtype = new Option<string?>("--dtype")
        {
            Description = "Dtype of the large weights: float32, float16 or bfloat16; unchanged by default. Expands packed weights.",
        };
        dtype.AcceptOnlyFromAmong([.. Dtypes.Keys]);
        var quantize = new Option<string?>("--quantize")
        {
            Description = "Quantize linear layers of the transformer to BITS bits, in groups of GROUP (default 64). Examples: 8, 4:64.",
            HelpName = "BITS[:GROUP]",
        };
        var scope = new Option<string>("--quantize-scope")
        {
            Description = "Layers to quantize: attn1 (self-attention of the video), video-core (also its text attention and feed-forward), "
                + "core (also audio and cross-modal layers) or all.",
            DefaultValueFactory = _ => "video-core",
        };
        scope.AcceptOnlyFromAmong([.. Scopes.Keys]);
        var lora = new Option<string[]>("--lora")
        {
            Description = "Adapter (LoRA) to merge before quantization, with its strength (default 1); repeatable.",
            HelpName = "PATH [STRENGTH]",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var perComponent = new Option<bool>("--per-component") { Description = "Write one file per component instead of a single file." };
        var noTextEncoder = new Option<bool>("--no-text-encoder")
        {
            Description = "Do not copy the text encoder; render with --text-encoder-path.",
        };
        var report = new Option<bool>("--report-layers")
        {
            Description = $"Also write {ReportName}: each weight with its number format and size.",
        };
        var command = new Command("convert", "Writes a model in another dtype, quantized, with merged adapters, or in other files.");
        model.AddTo(
            command, new OptionGroup("Conversion", dtype, quantize, scope, lora),
            new OptionGroup("Output", output, perComponent, noTextEncoder, report));
        command.SetAction((parsed, cancellationToken) =>
        {
            var adapters = AdapterArguments.Read(lora.Name, parsed.GetValue(lora) ?? [], AdapterPasses.Both, out var adapterError);
            var quantization = QuantizationArgument.Read(parsed.GetValue(quantize), out var quantizationError);
            if ((adapterError ?? quantizationError) is { } error)
                throw new UsageException(error);
            if (adapters.FirstOrDefault(adapter => !File.Exists(adapter.Path)) is { } missing)
                throw new UsageException($"--lora: the file {missing.Path} does not exist.");
            var settings = new ConversionSettings(
                parsed.GetValue(dtype) is { } name ? Dtypes[name] : null,
                quantization is null ? null : quantization with { Scope = Scopes[parsed.GetRequiredValue(scope)] },
                adapters.ConvertAll(adapter => new AdapterFile(adapter.Path, adapter.Strength)), parsed.GetValue(perComponent),
                !parsed.GetValue(noTextEncoder));
            var folder = parsed.GetRequiredValue(output).FullName;
            var source = model.Open(parsed);
            ConversionDisplay.Show(progress => ModelConverter.Convert(source, settings, folder, progress, cancellationToken));
            Describe(source, folder, settings.TextEncoder, parsed.GetValue(report));
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }

    private static void Describe(ModelFolder source, string folder, bool hasTextEncoder, bool withLayers)
    {
        var converted = ModelFolder.Open(
            new ModelLocation(folder, TextEncoder: hasTextEncoder ? null : source.GemmaFolder));
        if (withLayers)
            File.WriteAllText(Path.Combine(folder, ReportName), ModelJson.Of(ModelReport.Of(converted, digest: null, layers: true).Layers));
        var (before, after) = (CheckpointBytes(source), CheckpointBytes(converted));
        Console.WriteLine($"{ByteSize.Text(before)} became {ByteSize.Text(after)}, without upsampler and text encoder.");
        Console.WriteLine(folder);
    }

    private static long CheckpointBytes(ModelFolder model) => model.CheckpointFiles.Sum(file => LinkTarget.Of(file).Length);
}
