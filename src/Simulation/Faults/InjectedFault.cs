namespace MlxVideo.Simulation.Faults;

/// <summary>A fault of a Mac during a simulation.</summary>
/// <param name="Mac">Index of the Mac in the farm, from 0.</param>
/// <param name="AtSeconds">Time of the fault, in seconds since the start.</param>
public abstract record InjectedFault(int Mac, double AtSeconds);

/// <summary>The Mac disappears without notice.</summary>
public sealed record MacDies(int Mac, double AtSeconds) : InjectedFault(Mac, AtSeconds);

/// <summary>The Mac computes more slowly from then on.</summary>
/// <param name="Times">Factor by which computing takes longer.</param>
public sealed record MacSlows(int Mac, double AtSeconds, double Times) : InjectedFault(Mac, AtSeconds);

/// <summary>The Mac stalls for a while, like a sleeping Mac.</summary>
/// <param name="ForSeconds">Duration of the stall in seconds.</param>
public sealed record MacStalls(int Mac, double AtSeconds, double ForSeconds) : InjectedFault(Mac, AtSeconds);

/// <summary>The Mac joins the farm late.</summary>
public sealed record MacJoins(int Mac, double AtSeconds) : InjectedFault(Mac, AtSeconds);

/// <summary>The Mac leaves with a goodbye, and its work is assigned to others.</summary>
public sealed record MacLeaves(int Mac, double AtSeconds) : InjectedFault(Mac, AtSeconds);
