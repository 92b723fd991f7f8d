using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Simulation.Tests.Checks;

/// <summary>Delegates to another policy and checks every decision against rules.</summary>
/// <param name="rules">Checks that throw for a decision that violates them.</param>
internal sealed class CheckedPolicy(ISchedulingPolicy policy, params Action<FarmSnapshot, Decision, DateTimeOffset>[] rules)
    : ISchedulingPolicy
{
    // Small workloads end within minutes. A policy that still decides after a day makes no progress and would continue up to the
    // simulator's limit of sixty days.
    private static readonly TimeSpan Patience = TimeSpan.FromDays(1);
    private DateTimeOffset? _first;

    public int Decisions { get; private set; }

    public Decision Decide(FarmSnapshot view, DateTimeOffset now)
    {
        _first ??= now;
        Assert.True(now - _first < Patience, $"The workload is not finished after {now - _first}.");
        Decisions++;
        var decision = policy.Decide(view, now);
        foreach (var rule in rules)
            rule(view, decision, now);
        return decision;
    }
}
