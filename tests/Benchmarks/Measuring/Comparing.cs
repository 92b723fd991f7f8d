using System.Diagnostics;
using MlxVideo.Benchmarks.Reports;
using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.Measuring;

/// <summary>Compares an operation of the engine with the bare libtorch calls that it contains.</summary>
public static class Comparing
{
    /// <summary>Runs the operation once to record its calls, then alternates between operation and calls.</summary>
    /// <param name="name">The name of the operation in the report.</param>
    /// <param name="compute">Device and dtype of the operation.</param>
    /// <param name="goal">Target for the ratio; lower is better.</param>
    /// <param name="rounds">Number of timed runs.</param>
    /// <param name="calls">The kernels that the operation uses.</param>
    /// <param name="work">The operation.</param>
    public static Comparison Run(string name, ComputeOptions compute, double goal, int rounds, KernelCalls calls, Action work)
    {
        using var pool = new TensorPool(compute.Device);
        var peak = Note(calls, work);
        var timings = Interleaved.Measure(rounds, work, () => calls.Replay(pool));
        return new Comparison(name, $"{compute.Dtype}", timings[0], timings[1], goal, Parts(calls, work), peak);
    }

    private static long? Note(KernelCalls calls, Action work)
    {
        using var scope = NewDisposeScope();
        calls.IsRecording = true;
        long? before = null;
        if (ProcessMemory.IsMeasured)
        {
            ProcessMemory.ResetPeak();
            before = ProcessMemory.Now().Peak;
        }

        work();
        calls.IsRecording = false;
        return before is null ? null : ProcessMemory.Now().Peak - before;
    }

    private static Dictionary<string, double> Parts(KernelCalls calls, Action work)
    {
        using var scope = NewDisposeScope();
        calls.ResetTimes();
        var watch = Stopwatch.StartNew();
        work();
        var total = watch.Elapsed.TotalSeconds;
        var parts = calls.Seconds.ToDictionary(part => part.Key.ToString(), part => part.Value);
        parts["Rest"] = total - parts.Values.Sum();
        return parts;
    }
}
