using System.Runtime.InteropServices;
using MlxVideo.Benchmarks.Memory;

namespace MlxVideo.Benchmarks.Reports;

/// <summary>Results of one benchmark run.</summary>
/// <param name="Device">The requested device; auto for the best one of the machine.</param>
/// <param name="Kernels">The requested kernels; auto for those of the device.</param>
/// <param name="Threads">Number of libtorch CPU threads; all cores by default.</param>
/// <param name="Rounds">Number of runs of each measurement; reported times are medians.</param>
/// <param name="Comparisons">Engine times compared with the bare libtorch calls.</param>
/// <param name="Memory">Loading and streaming; null when not measured.</param>
public sealed record BenchmarkReport(
    string Device, string Kernels, int Threads, int Rounds, IReadOnlyList<Comparison> Comparisons, MemoryBenchmark? Memory)
{
    /// <summary>Operating system, architecture and core count.</summary>
    public string Machine =>
        $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores";
}
