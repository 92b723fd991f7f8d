using MlxVideo.Cli.Chaos.Plan;

namespace MlxVideo.Cli.Chaos;

/// <summary>Options of a chaos run.</summary>
/// <param name="Seed">Determines rows and faults.</param>
/// <param name="Duration">Time in which faults are injected.</param>
/// <param name="Workers">Number of workers.</param>
/// <param name="Rows">Total number of rows.</param>
/// <param name="Kinds">The kinds of faults to inject.</param>
internal sealed record ChaosOptions(int Seed, TimeSpan Duration, int Workers, int Rows, IReadOnlyList<FaultKind> Kinds);
