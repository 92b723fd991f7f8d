using MlxVideo.Cli.Errors;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate;

/// <summary>The arguments of <c>generate</c>.</summary>
/// <param name="Settings">Settings of the clip, without its images.</param>
/// <param name="Output">Path of the mp4 to write.</param>
/// <param name="ModelFolder">Folder of the model; null for the built-in one.</param>
/// <param name="Threads">Number of CPU threads.</param>
/// <param name="WeightMemory">Memory for weights in GiB; null for the device memory not needed for activations.</param>
/// <param name="Compute">Device, dtype and kernels; null for the machine's best.</param>
/// <param name="Load">Adapters and quantization; null for unmodified weights.</param>
public sealed record GenerateRequest(
    RenderSettings Settings, IReadOnlyList<ImageArgument> Images, string Output, string? ModelFolder, int Threads,
    double? WeightMemory = null, ComputeSettings? Compute = null,
    LoadOptions? Load = null)
{
    /// <summary>Returns all errors of the request, one sentence each; empty when it is valid.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = RenderSettingsRules.Check(Settings).Select(error => $"--{error.Setting.Replace('_', '-')}: {error.Reason}").ToList();
        if (RenderSettingsRules.ImageCount(Images.Count) is { } tooMany)
            errors.Add($"--image: {tooMany}");
        foreach (var image in Images)
        {
            if (!File.Exists(image.Path))
                errors.Add($"--image: the file {image.Path} does not exist.");
            foreach (
                var reason in new[] { RenderSettingsRules.ImageFrame(image.Frame, Settings.NumFrames),
                    RenderSettingsRules.ImageStrength(image.Strength) }.OfType<string>())
                errors.Add($"--image {image.Path}: {reason}");
        }

        errors.AddRange(
            (Load?.Adapters ?? []).Where(adapter => !File.Exists(adapter.Path))
                .Select(adapter => $"--lora: the file {adapter.Path} does not exist."));
        if (Threads < 1)
            errors.Add($"--threads: {Threads} is too few: use 1 or more.");
        if (WeightMemory is <= 0)
            errors.Add($"--weight-memory: {WeightMemory} GiB is too little: use more than 0.");
        if (!Path.GetExtension(Output).Equals(".mp4", StringComparison.OrdinalIgnoreCase))
            errors.Add($"--output: {Output} does not end in .mp4: clips are mp4 files.");
        return errors;
    }
}
