using MlxVideo.Shared.Diagnostics;

namespace MlxVideo.Shared.Api;

/// <summary>The checks of a farm.</summary>
/// <param name="Usable">True when no check failed.</param>
/// <param name="Version">Version of the coordinator.</param>
/// <param name="Checks">The checks, in the order in which they were made.</param>
public sealed record FarmDiagnosis(bool Usable, string Version, IReadOnlyList<CheckResult> Checks);
