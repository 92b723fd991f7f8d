using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;

namespace MlxVideo.Simulation;

/// <summary>What happens to a farm while it renders.</summary>
/// <param name="Name">Its name in reports.</param>
/// <param name="Faults">The faults.</param>
public sealed record Scenario(string Name, IReadOnlyList<InjectedFault> Faults)
{
    private const double SlowAt = 300;
    private const double SlowTimes = 4;
    private const double DeadAt = 400;

    /// <summary>
    /// The three that every comparison shows: nothing happens; the second Mac is four times slower from 300 s on; the second Mac
    /// is gone at 400 s. A farm of one Mac has the first alone.
    /// </summary>
    public static IReadOnlyList<Scenario> Standard(IReadOnlyList<SimulatedMac> macs) => macs.Count == 1
        ? [new("nominal", [])]
        : [new("nominal", []), new("slow-mac", [new MacSlows(1, SlowAt, SlowTimes)]), new("dead-mac", [new MacDies(1, DeadAt)])];
}
