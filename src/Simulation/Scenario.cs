using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;

namespace MlxVideo.Simulation;

/// <summary>The faults of a farm during a simulation.</summary>
/// <param name="Name">Name of the scenario in reports.</param>
public sealed record Scenario(string Name, IReadOnlyList<InjectedFault> Faults)
{
    private const double SlowAt = 300;
    private const double SlowTimes = 4;
    private const double DeadAt = 400;

    /// <summary>
    /// The scenarios of every comparison: no fault, the second Mac slower by a factor of four from 300 s on, and the second Mac dead at
    /// 400 s. A farm of one Mac has only the first.
    /// </summary>
    public static IReadOnlyList<Scenario> Standard(IReadOnlyList<SimulatedMac> macs) => macs.Count == 1
        ? [new("nominal", [])]
        : [new("nominal", []), new("slow-mac", [new MacSlows(1, SlowAt, SlowTimes)]), new("dead-mac", [new MacDies(1, DeadAt)])];
}
