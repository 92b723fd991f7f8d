using System.Runtime.InteropServices;
using MlxVideo.Benchmarks.Memory;

namespace MlxVideo.Benchmarks.Reports;

/// <summary>All that was measured in one run.</summary>
/// <param name="Threads">CPU threads of libtorch: all cores unless told otherwise.</param>
/// <param name="Rounds">Runs of each measurement; times are their medians.</param>
/// <param name="Comparisons">Times beside the bare calls.</param>
/// <param name="Memory">Loading and streaming; null when not measured.</param>
public sealed record BenchmarkReport(int Threads, int Rounds, IReadOnlyList<Comparison> Comparisons, MemoryBenchmark? Memory)
{
    /// <summary>The machine in a few words.</summary>
    public string Machine =>
        $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores";
}
