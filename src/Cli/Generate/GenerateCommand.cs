using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate;

/// <summary>The verb <c>generate</c>: renders one clip in this process.</summary>
public static class GenerateCommand
{
    /// <summary>The command; arguments that can't be used are all told at once in a <see cref="UsageException"/>.</summary>
    public static Command Create()
    {
        var defaults = new RenderSettings { Prompt = "" };
        var prompt = new Option<string>("--prompt") { Description = "What the clip shows.", Required = true };
        var negativePrompt = new Option<string>(
            "--negative-prompt")
        { Description = "What it should not show; only guided pipelines use it.", DefaultValueFactory = _ => "" };
        var width = NumberOption.Int("--width", "Width in pixels.", defaults.Width);
        var height = NumberOption.Int("--height", "Height in pixels.", defaults.Height);
        var frames = NumberOption.Int("--num-frames", "Frames: 1 + 8k.", defaults.NumFrames);
        var fps = NumberOption.Decimal("--fps", "Frames per second.", defaults.Fps);
        var seed = NumberOption.Long("--seed", $"Seed of the noise, 0 to {RenderSettingsRules.MaxSeed}.", defaults.Seed);
        var noAudio = new Option<bool>("--no-audio") { Description = "A silent clip: takes less time." };
        var image = new Option<string[]>("--image")
        {
            Description = "PATH [FRAME STRENGTH]: an image that the clip passes, and where; repeatable.",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var imageCrf = NumberOption.Int(
            "--image-crf", "Compression of images before use, 1 to 51, as the model saw them in training; 0 for none.", defaults.ImageCrf);
        var lora = new Option<string[]>("--lora")
        {
            Description = "PATH [STRENGTH]: an adapter (LoRA) and how many times it counts, 1 by default; repeatable.",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var quantize =
            new Option<string?>(
                "--quantize")
            {
                Description =
                    "BITS[:GROUP]: packs the transformer's large layers while they are loaded, as 8 or 4:64, to take less memory."
            };
        var output = new Option<FileInfo?>("--output") { Description = "The mp4 to write; named after the prompt by default." };
        var model = new Option<DirectoryInfo?>("--model") { Description = "Folder of the model; the tiny built-in one by default." };
        var threads = NumberOption.Int("--threads", "CPU threads. Another number gives other last bits.", 1);
        var weightMemory = NumberOption.OptionalDecimal(
            "--weight-memory",
            "GiB that weights may take, half of the machine's memory by default; "
                + "a transformer that is larger is streamed from the disk, with the same bits.");
        var (device, dtype, kernels) = (ComputeArguments.Device(), ComputeArguments.Dtype(), ComputeArguments.Kernels());
        var command = new Command("generate", "Renders one clip on this machine.")
        {
            prompt, negativePrompt, width, height, frames, fps, seed, noAudio, image, imageCrf, lora, quantize, output, model, threads,
            weightMemory, device, dtype, kernels,
        };
        var sampling = new SamplingOptions();
        sampling.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var images = ImageArgument.Read(parsed.GetValue(image) ?? [], out var imageFault);
            if (imageFault is not null)
                throw new UsageException(imageFault);
            var adapters = AdapterArguments.Read(parsed.GetValue(lora) ?? [], out var adapterFault);
            if (adapterFault is not null)
                throw new UsageException(adapterFault);
            var quantization = QuantizationArgument.Read(parsed.GetValue(quantize), out var quantizationFault);
            if (quantizationFault is not null)
                throw new UsageException(quantizationFault);
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
            var faults = request.Faults();
            return faults.Count > 0 ? throw new UsageException(string.Join('\n', faults)) : Generation.Run(request, cancellationToken);
        });
        return command;
    }
}
