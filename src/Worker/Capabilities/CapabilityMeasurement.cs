using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Workers;
using TorchSharp;

namespace MlxVideo.Worker.Capabilities;

/// <summary>Measures a worker's capabilities.</summary>
public static class CapabilityMeasurement
{
    /// <summary>Measures this machine with the engine that will run the stages. The owner's settings are added by the caller.</summary>
    /// <param name="memoryBytes">Memory for weights and activations together.</param>
    /// <param name="residency">Limits the memory for weights.</param>
    /// <param name="unfit">Why the device must not be used, in one sentence; it is not measured then. Null when it may be used.</param>
    public static async Task<WorkerCapabilities> MeasureAsync(
        StageRunner runner, long memoryBytes, ResidencyPolicy residency, IBenchmarks benchmarks, string? unfit = null)
    {
        var largestFile = runner.Model.Files.Select(file => file.Path).MaxBy(path => LinkTarget.Of(path).Length)!;
        return new WorkerCapabilities
        {
            MemoryBytes = memoryBytes,
            WeightBytes = residency.TypicalBudget,
            TeraflopsPerSecond = unfit is null ? await benchmarks.TeraflopsPerSecondAsync() : 0,
            DiskBytesPerSecond = await benchmarks.DiskBytesPerSecondAsync(largestFile),
            Precision = runner.Compute.Dtype.ToString().ToLowerInvariant(),
            Arithmetic = runner.Arithmetic,
            BytesPerElement = (int)runner.Compute.Dtype.ElementSize(),
            Components = [.. runner.Sizes()],
            Unfit = unfit,
        };
    }
}
