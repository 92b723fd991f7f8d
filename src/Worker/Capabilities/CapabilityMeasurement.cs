using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Workers;
using TorchSharp;

namespace MlxVideo.Worker.Capabilities;

/// <summary>Finds out what a worker can do.</summary>
public static class CapabilityMeasurement
{
    /// <summary>Measures this machine with the engine that will run the stages.</summary>
    /// <param name="runner">The engine.</param>
    /// <param name="memoryBytes">Bytes that weights and activations may take together.</param>
    /// <param name="residency">How much of it weights may take.</param>
    /// <param name="benchmarks">Measures speeds.</param>
    /// <param name="owner">What the owner says.</param>
    public static async Task<WorkerCapabilities> Measure(
        StageRunner runner, long memoryBytes, ResidencyPolicy residency, IBenchmarks benchmarks, OwnerSettings owner)
    {
        var largestFile = runner.Model.Files.Select(file => file.Path).MaxBy(path => new FileInfo(path).Length)!;
        return new WorkerCapabilities
        {
            MemoryBytes = memoryBytes,
            WeightBytes = residency.WeightBudget,
            TeraflopsPerSecond = await benchmarks.TeraflopsPerSecond(),
            DiskBytesPerSecond = await benchmarks.DiskBytesPerSecond(largestFile),
            LinkBytesPerSecond = owner.LinkBytesPerSecond,
            Precision = runner.Compute.Dtype.ToString().ToLowerInvariant(),
            Arithmetic = runner.Arithmetic,
            BytesPerElement = (int)runner.Compute.Dtype.ElementSize(),
            Components = [.. runner.Sizes()],
            Tags = [.. owner.Tags],
            Hours = owner.Hours,
        };
    }
}
