using MlxVideo.Cli.Errors;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate;

/// <summary>What <c>generate</c> is asked for.</summary>
/// <param name="Settings">The clip, without its images.</param>
/// <param name="Images">Its images.</param>
/// <param name="Output">The mp4 to write.</param>
/// <param name="ModelFolder">The model; null for the built-in one.</param>
/// <param name="Threads">CPU threads.</param>
/// <param name="WeightMemory">GiB that weights may take; null for half of the machine's memory.</param>
/// <param name="Compute">Where and how to compute; the machine's best when null.</param>
/// <param name="Load">Adapters and quantisation; weights as they are when null.</param>
public sealed record GenerateRequest(
    RenderSettings Settings, IReadOnlyList<ImageArgument> Images, string Output, string? ModelFolder, int Threads,
    double? WeightMemory = null, ComputeSettings? Compute = null,
    LoadOptions? Load = null)
{
    /// <summary>Everything that is wrong with the request, a sentence each; empty when it can be rendered.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = RenderSettingsRules.Check(Settings).Select(fault => $"--{fault.Setting.Replace('_', '-')}: {fault.Reason}").ToList();
        if (RenderSettingsRules.ImageCount(Images.Count) is { } tooMany)
            faults.Add($"--image: {tooMany}");
        foreach (var image in Images)
        {
            if (!File.Exists(image.Path))
                faults.Add($"--image: There is no file {image.Path}.");
            foreach (
                var reason in new[] { RenderSettingsRules.ImageFrame(image.Frame, Settings.NumFrames),
                    RenderSettingsRules.ImageStrength(image.Strength) }.OfType<string>())
                faults.Add($"--image {image.Path}: {reason}");
        }

        faults.AddRange(
            (Load?.Adapters ?? []).Where(adapter => !File.Exists(adapter.Path))
                .Select(adapter => $"--lora: There is no file {adapter.Path}."));
        if (Threads < 1)
            faults.Add($"--threads: {Threads} is too few; take 1 or more.");
        if (WeightMemory is <= 0)
            faults.Add($"--weight-memory: {WeightMemory} GiB is too little; take more than 0.");
        if (!Path.GetExtension(Output).Equals(".mp4", StringComparison.OrdinalIgnoreCase))
            faults.Add($"--output: {Output} does not end in .mp4; clips are mp4 files.");
        return faults;
    }
}
