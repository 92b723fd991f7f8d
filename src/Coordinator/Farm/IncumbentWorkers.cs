using Akka.Actor;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// Resolves conflicts between two processes with the same worker id. A restarted worker replaces its ended process. A second process is
/// refused while the first still answers; otherwise the two would keep replacing each other.
/// </summary>
internal static class IncumbentWorkers
{
    /// <summary>An actor of a running process answers immediately; one of an ended or sleeping process does not.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Checks whether the process that holds the id still answers.</summary>
    /// <param name="incumbent">The process that holds the id.</param>
    /// <param name="hello">The newcomer's hello.</param>
    /// <param name="newcomer">The process that claims the id; the sender of the <see cref="Answer"/>.</param>
    /// <param name="farm">Receives the <see cref="Answer"/>.</param>
    public static void Challenge(IActorRef incumbent, WorkerHello hello, IActorRef newcomer, IActorRef farm) =>
        incumbent.Ask<ActorIdentity>(new Identify(hello.WorkerId), Patience).PipeTo(
            farm,
            newcomer,
            // The transport answers for an unreachable node with Nobody, which is not null.
            success: identity => new Answer(hello, incumbent, !identity.Subject.IsNobody()),
            failure: _ => new Answer(hello, incumbent, IsAlive: false));

    /// <summary>Returns the refusal with a message for the newcomer's owner.</summary>
    /// <param name="name">Name of the worker that holds the id.</param>
    /// <param name="incumbent">The process that holds the id.</param>
    public static WorkerRefused Refusal(string name, IActorRef incumbent)
    {
        var address = incumbent.Path.Address is { Host: { } host, Port: { } port } ? $" at {host}:{port}" : "";
        return new WorkerRefused(
            $"The worker '{name}'{address} is already in the farm with the same worker id and still answers, for example because its "
                + "data folder or disk was copied: "
            + "stop it, or delete the file worker-id in this worker's data folder.");
    }

    /// <summary>The result of a challenge.</summary>
    /// <param name="Hello">The newcomer's hello.</param>
    /// <param name="Incumbent">The process that holds the id.</param>
    /// <param name="IsAlive">True when the incumbent answered.</param>
    public sealed record Answer(WorkerHello Hello, IActorRef Incumbent, bool IsAlive) : INoSerializationVerificationNeeded;
}
