using Akka.Actor;
using Akka.Pattern;

namespace MlxVideo.Coordinator.Farm;

/// <summary>Starts the farm's actor again, from the database, after its events could not be stored or read.</summary>
internal static class FarmSupervision
{
    private static readonly TimeSpan MinBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(5);

    /// <summary>Returns an actor that starts the given one, forwards messages to it, and replaces it when it stops.</summary>
    public static Props Of(Props farm) => BackoffSupervisor.Props(
        Backoff.OnStop(farm, "actor", MinBackoff, MaxBackoff, randomFactor: 0, maxNrOfRetries: -1));
}
