namespace MlxVideo.Simulation.Faults;

/// <summary>Something that happens to a Mac during a simulation.</summary>
/// <param name="Mac">Its place in the farm, from 0.</param>
/// <param name="AtSeconds">When.</param>
public abstract record InjectedFault(int Mac, double AtSeconds);

/// <summary>It is gone without a word.</summary>
/// <param name="Mac">Its place.</param>
/// <param name="AtSeconds">When.</param>
public sealed record MacDies(int Mac, double AtSeconds) : InjectedFault(Mac, AtSeconds);

/// <summary>Everything takes so many times as long from then on.</summary>
/// <param name="Mac">Its place.</param>
/// <param name="AtSeconds">When.</param>
/// <param name="Times">How many times.</param>
public sealed record MacSlows(int Mac, double AtSeconds, double Times) : InjectedFault(Mac, AtSeconds);

/// <summary>It stands still for a while, as a Mac that sleeps.</summary>
/// <param name="Mac">Its place.</param>
/// <param name="AtSeconds">When.</param>
/// <param name="ForSeconds">For how long.</param>
public sealed record MacStalls(int Mac, double AtSeconds, double ForSeconds) : InjectedFault(Mac, AtSeconds);

/// <summary>It is not there before.</summary>
/// <param name="Mac">Its place.</param>
/// <param name="AtSeconds">When it joins.</param>
public sealed record MacJoins(int Mac, double AtSeconds) : InjectedFault(Mac, AtSeconds);

/// <summary>It says goodbye: what it was doing is given to others.</summary>
/// <param name="Mac">Its place.</param>
/// <param name="AtSeconds">When.</param>
public sealed record MacLeaves(int Mac, double AtSeconds) : InjectedFault(Mac, AtSeconds);
