using System.Diagnostics;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.Measuring;

/// <summary>
/// Times actions in interleaved order: one run of each per round. Temporary disturbances of the machine then affect all
/// actions, and their ratio stays meaningful.
/// </summary>
public static class Interleaved
{
    /// <summary>
    /// Runs each action once to warm up, then <paramref name="rounds"/> times. Tensors created by an action are disposed after it.
    /// </summary>
    public static IReadOnlyList<Timing> Measure(int rounds, params Action[] actions)
    {
        var seconds = actions.Select(_ => new List<double>()).ToList();
        var processorSeconds = actions.Select(_ => new List<double>()).ToList();
        for (var round = -1; round < rounds; round++)
        {
            for (var index = 0; index < actions.Length; index++)
            {
                using var scope = NewDisposeScope();
                var processor = Environment.CpuUsage.TotalTime;
                var watch = Stopwatch.StartNew();
                actions[index]();
                if (round < 0)
                    continue;
                seconds[index].Add(watch.Elapsed.TotalSeconds);
                processorSeconds[index].Add((Environment.CpuUsage.TotalTime - processor).TotalSeconds);
            }
        }

        return seconds.Zip(processorSeconds, (taken, used) => new Timing(taken, used)).ToList();
    }
}
