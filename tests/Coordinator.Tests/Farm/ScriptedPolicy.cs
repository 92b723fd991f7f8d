using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;

namespace MlxVideo.Coordinator.Tests.Farm;

/// <summary>The farm's own policy, until a test decides itself.</summary>
internal sealed class ScriptedPolicy : ISchedulingPolicy
{
    private readonly Queue<Decision> _decisions = new();
    private readonly Scheduler _scheduler = new();

    /// <summary>False when nothing is decided but what the test decides.</summary>
    public bool IsFree { get; set; } = true;

    /// <summary>Has the next decision be this one.</summary>
    public void Decide(Decision decision) => _decisions.Enqueue(decision);

    public Decision Decide(FarmSnapshot view, DateTimeOffset now) =>
        _decisions.TryDequeue(out var decision) ? decision : IsFree ? _scheduler.Decide(view, now) : Decision.Nothing;
}
