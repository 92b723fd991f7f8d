using FsCheck;
using FsCheck.Fluent;
using MlxVideo.Farm.Decisions;
using MlxVideo.Simulation.Faults;

namespace MlxVideo.Simulation.Tests.Cases;

/// <summary>
/// Random faults: at most one per Mac, none that removes the first Mac permanently, and too few losses for the farm to fail a clip
/// because its stage failed on too many workers.
/// </summary>
internal static class RandomFaults
{
    private const int MaxLosses = FarmDecisions.MaxFailedWorkers - 1;
    private const int Latest = 400;

    public static Gen<IReadOnlyList<InjectedFault>> For(int macs) =>
        from first in FirstMacFault
        from others in Gen.CollectToList(Enumerable.Range(1, macs - 1).Select(OtherMacFault))
        select (IReadOnlyList<InjectedFault>)Bounded(others.Prepend(first).OfType<InjectedFault>());

    private static Gen<InjectedFault?> FirstMacFault { get; } =
        from at in Gen.Choose(1, Latest)
        from length in Gen.Choose(3, 120)
        from fault in Gen.Elements<InjectedFault?>(null, null, new MacSlows(0, at, 4), new MacStalls(0, at, length))
        select fault;

    private static Gen<InjectedFault?> OtherMacFault(int mac) =>
        from at in Gen.Choose(1, Latest)
        from length in Gen.Choose(3, 120)
        from fault in Gen.Elements<InjectedFault?>(
            null, new MacDies(mac, at), new MacSlows(mac, at, 2 + (length % 5)), new MacStalls(mac, at, length), new MacJoins(mac, at),
            new MacLeaves(mac, at))
        select fault;

    private static List<InjectedFault> Bounded(IEnumerable<InjectedFault> faults)
    {
        var losses = 0;
        return faults.Where(fault => fault is not (MacDies or MacStalls) || losses++ < MaxLosses).ToList();
    }
}
