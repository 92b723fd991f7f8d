using Akka.Actor;
using Akka.Hosting;
using MlxVideo.Coordinator.Farm;

namespace MlxVideo.Coordinator.Health;

/// <summary>Checks that the farm's actor answers, which it does once it has recovered and while it can store its events.</summary>
internal sealed class FarmCheck(IRequiredActor<FarmActor> farm, TimeProvider time, ILogger<FarmCheck> log) : BoundedCheck(time, log)
{
    /// <inheritdoc/>
    protected override string Timeout => "The farm does not answer: it is starting, busy, or unable to store its events.";

    /// <inheritdoc/>
    protected override async Task<Problem?> FindProblemAsync()
    {
        try
        {
            await farm.ActorRef.Ask<object>(FarmQueries.GetFarm.Instance, Patience);
            return null;
        }
        catch (Exception ex)
        {
            return new Problem(Timeout, ex.Message);
        }
    }
}
