using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate;

/// <summary>The verb <c>generate</c>: renders one clip in this process.</summary>
public static class GenerateCommand
{
    /// <summary>Creates the command. Invalid settings are reported together in one <see cref="UsageException"/>.</summary>
    /// <param name="verdicts">Creates the verdicts on devices.</param>
    public static Command Create(Func<DeviceVerdicts> verdicts)
    {
        var defaults = new RenderSettings { Prompt = "" };
        var prompt = new Option<string>("--prompt") { Description = "Description of the clip.", Required = true };
        var negativePrompt = new Option<string>("--negative-prompt")
        {
            Description = "Content to avoid; used by guided pipelines only.",
            DefaultValueFactory = _ => "",
        };
        var width = NumberOption.Int("--width", "Width in pixels.", defaults.Width);
        var height = NumberOption.Int("--height", "Height in pixels.", defaults.Height);
        var frames = NumberOption.Int("--num-frames", "Number of frames: a multiple of 8, plus 1 (e.g. 33).", defaults.NumFrames);
        var fps = NumberOption.Decimal("--fps", "Frames per second.", defaults.Fps);
        var seed = NumberOption.Long("--seed", $"Seed for the noise, 0 to {RenderSettingsRules.MaxSeed}.", defaults.Seed);
        var noAudio = new Option<bool>("--no-audio") { Description = "Render a silent clip, which takes less time." };
        var image = Repeatable(
            "--image", "PATH [FRAME STRENGTH]", "Keyframe image, with its frame (default 0) and strength (default 1); repeatable.");
        var imageCrf = NumberOption.Int(
            "--image-crf", "H.264 compression applied to images, as in the model's training: CRF 1 to 51; 0 for none.", defaults.ImageCrf);
        var lora = Repeatable("--lora", "PATH [STRENGTH]", "Adapter (LoRA), with its strength (default 1); repeatable.");
        var quantize = new Option<string?>("--quantize")
        {
            Description = "Quantize the transformer's large layers to BITS bits, in groups of GROUP (default 64), while loading them; "
                + "saves memory. Examples: 8, 4:64.",
            HelpName = "BITS[:GROUP]",
        };
        var output = new Option<FileInfo?>("--output") { Description = "Path of the mp4 file; named after the prompt by default." };
        var model = new Option<DirectoryInfo?>("--model") { Description = "Model folder; the built-in tiny model by default." };
        var threads = NumberOption.Int(
            "--threads", "Number of CPU threads; a different number changes the least significant bits of the result.", 1);
        var weightMemory = NumberOption.OptionalDecimal(
            "--weight-memory",
            "Memory limit for weights in GiB; by default, the device memory not needed for activations. Larger models are streamed from "
                + "disk, with bit-identical results.");
        var (device, dtype, kernels) = (ComputeArguments.Device(), ComputeArguments.Dtype(), ComputeArguments.Kernels());
        var sampling = new SamplingOptions();
        var command = new Command("generate", "Renders one clip on this machine.");
        command.AddGroups(
            new OptionGroup("Clip", prompt, output, width, height, frames, fps, seed, noAudio),
            new OptionGroup("Images", image, imageCrf),
            new OptionGroup("Sampling", [sampling.Pipeline, negativePrompt, .. sampling.Guidance]),
            new OptionGroup("Model", model, lora, quantize),
            new OptionGroup("Machine", threads, weightMemory, device, dtype, kernels));
        command.SetAction((parsed, cancellationToken) =>
        {
            var images = ImageArgument.Read(parsed.GetValue(image) ?? [], out var imageError);
            if (imageError is not null)
                throw new UsageException(imageError);
            var adapters = AdapterArguments.Read(parsed.GetValue(lora) ?? [], out var adapterError);
            if (adapterError is not null)
                throw new UsageException(adapterError);
            var quantization = QuantizationArgument.Read(parsed.GetValue(quantize), out var quantizationError);
            if (quantizationError is not null)
                throw new UsageException(quantizationError);
            var settings = sampling.Apply(
                new RenderSettings
                {
                    Prompt = parsed.GetRequiredValue(prompt),
                    NegativePrompt = parsed.GetValue(negativePrompt) ?? "",
                    Width = parsed.GetValue(width),
                    Height = parsed.GetValue(height),
                    NumFrames = parsed.GetValue(frames),
                    Fps = parsed.GetValue(fps),
                    Seed = parsed.GetValue(seed),
                    ImageCrf = parsed.GetValue(imageCrf),
                    Audio = !parsed.GetValue(noAudio),
                },
                parsed);
            var request = new GenerateRequest(
                settings,
                images,
                parsed.GetValue(output)?.FullName ?? Path.GetFullPath(OutputPath.Default(1, parsed.GetRequiredValue(prompt))),
                parsed.GetValue(model)?.FullName,
                parsed.GetValue(threads),
                parsed.GetValue(weightMemory),
                new ComputeSettings(parsed.GetValue(device)!, parsed.GetValue(dtype)!, parsed.GetValue(kernels)!),
                new LoadOptions(adapters, Quantization: quantization));
            var errors = request.Errors();
            return errors.Count > 0
                ? throw new UsageException(string.Join('\n', errors))
                : Generation.RunAsync(request, verdicts(), cancellationToken);
        });
        return command;
    }

    private static Option<string[]> Repeatable(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };
}
