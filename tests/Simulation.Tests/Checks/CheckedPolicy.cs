using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Simulation.Tests.Checks;

/// <summary>Lets another policy decide and holds every decision against rules.</summary>
/// <param name="policy">Decides.</param>
/// <param name="rules">Each throws when a decision breaks it.</param>
internal sealed class CheckedPolicy(ISchedulingPolicy policy, params Action<FarmSnapshot, Decision, DateTimeOffset>[] rules)
    : ISchedulingPolicy
{
    // Small workloads are over in minutes: whoever decides for days makes no headway, and would do so for the simulator's sixty days.
    private static readonly TimeSpan Patience = TimeSpan.FromDays(1);
    private DateTimeOffset? _first;

    public int Decisions { get; private set; }

    public Decision Decide(FarmSnapshot view, DateTimeOffset now)
    {
        _first ??= now;
        Assert.True(now - _first < Patience, $"Nothing is finished after {now - _first}.");
        Decisions++;
        var decision = policy.Decide(view, now);
        foreach (var rule in rules)
            rule(view, decision, now);
        return decision;
    }
}
