using MlxVideo.Farm.Commands;

namespace MlxVideo.Farm.Policies;

/// <summary>A scheduling policy: a pure function of the farm and the time. The simulator compares several.</summary>
public interface ISchedulingPolicy
{
    /// <summary>Returns the scheduling decision for a farm at a time.</summary>
    Decision Decide(FarmSnapshot view, DateTimeOffset now);
}
