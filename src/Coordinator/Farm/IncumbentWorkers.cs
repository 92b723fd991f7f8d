using Akka.Actor;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// Decides between two processes with one worker id. A worker that was started again replaces the process that ended; a
/// second process beside one that still answers is refused, so that the two do not throw each other out.
/// </summary>
internal static class IncumbentWorkers
{
    /// <summary>An actor of a living process answers at once; one of a process that ended or sleeps does not.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Asks the process that has the id whether it is there; the answer goes to <paramref name="farm"/> in the newcomer's name.
    /// </summary>
    /// <param name="incumbent">The process that has the id.</param>
    /// <param name="hello">What the newcomer said.</param>
    /// <param name="newcomer">The process that wants it.</param>
    /// <param name="farm">Gets a <see cref="Answer"/>.</param>
    public static void Challenge(IActorRef incumbent, WorkerHello hello, IActorRef newcomer, IActorRef farm) =>
        incumbent.Ask<ActorIdentity>(new Identify(hello.WorkerId), Patience).PipeTo(
            farm,
            newcomer,
            success: identity => new Answer(hello, incumbent, identity.Subject is not null),
            failure: _ => new Answer(hello, incumbent, IsAlive: false));

    /// <summary>What the newcomer's owner is told.</summary>
    /// <param name="name">Name of the worker that has the id.</param>
    /// <param name="incumbent">Its process.</param>
    public static WorkerRefused Refusal(string name, IActorRef incumbent)
    {
        var address = incumbent.Path.Address is { Host: { } host, Port: { } port } ? $" at {host}:{port}" : "";
        return new WorkerRefused(
            $"The worker '{name}'{address} is in the farm with the same worker id and still answers, as after copying its data folder or "
                + "disk: "
            + "stop it, or delete the file worker-id in this worker's data folder.");
    }

    /// <summary>Whether the process that has the id is there.</summary>
    /// <param name="Hello">What the newcomer said.</param>
    /// <param name="Incumbent">The process that was asked.</param>
    /// <param name="IsAlive">True when it answered.</param>
    public sealed record Answer(WorkerHello Hello, IActorRef Incumbent, bool IsAlive) : INoSerializationVerificationNeeded;
}
