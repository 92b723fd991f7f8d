using MlxVideo.Farm.Commands;

namespace MlxVideo.Farm.Policies;

/// <summary>Decides who does what: a pure function of the farm and the time. The simulator compares several.</summary>
public interface ISchedulingPolicy
{
    /// <summary>What is to be done now.</summary>
    Decision Decide(FarmSnapshot view, DateTimeOffset now);
}
