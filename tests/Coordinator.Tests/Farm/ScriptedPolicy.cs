using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;

namespace MlxVideo.Coordinator.Tests.Farm;

/// <summary>The farm's own scheduler, overridden by the decisions that a test queues.</summary>
internal sealed class ScriptedPolicy : ISchedulingPolicy
{
    private readonly Queue<Decision> _decisions = new();
    private readonly Scheduler _scheduler = new();

    /// <summary>Whether the scheduler decides when no decision is queued.</summary>
    public bool IsFree { get; set; } = true;

    /// <summary>Queues a decision.</summary>
    public void Decide(Decision decision) => _decisions.Enqueue(decision);

    public Decision Decide(FarmSnapshot view, DateTimeOffset now) =>
        _decisions.TryDequeue(out var decision) ? decision : IsFree ? _scheduler.Decide(view, now) : Decision.Nothing;
}
