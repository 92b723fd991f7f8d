using System.Diagnostics;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Benchmarks.Scheduling;

/// <summary>Measures the decision times of another policy.</summary>
public sealed class TimedPolicy(ISchedulingPolicy inner) : ISchedulingPolicy
{
    private readonly List<double> _milliseconds = [];

    /// <summary>Milliseconds of each decision.</summary>
    public IReadOnlyList<double> Milliseconds => _milliseconds;

    /// <summary>Discards the measured times.</summary>
    public void Reset() => _milliseconds.Clear();

    /// <inheritdoc/>
    public Decision Decide(FarmSnapshot view, DateTimeOffset now)
    {
        var began = Stopwatch.GetTimestamp();
        var decision = inner.Decide(view, now);
        _milliseconds.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        return decision;
    }
}
