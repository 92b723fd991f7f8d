namespace MlxVideo.Shared.Api;

/// <summary>The farm as <c>GET /api/farm</c> shows it.</summary>
/// <param name="Workers">The workers that are in the farm.</param>
/// <param name="Problem">Why the coordinator holds all work: one sentence; null while it does not.</param>
public sealed record FarmStatus(IReadOnlyList<WorkerView> Workers, string? Problem = null);

/// <summary>One worker.</summary>
/// <param name="Id">Its id, stable over restarts.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Device">The device it computes on: <c>mps</c>, <c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Model">Digest of its model.</param>
/// <param name="ModelName">Name of its model.</param>
/// <param name="Arithmetic">Processor, device, dtype, kernels and threads that it computes with.</param>
/// <param name="Activity">What it is doing: <c>row 3: denoise-1</c> or <c>row 3: helping with denoise-1</c>; null when idle.</param>
/// <param name="Problem">Why it can run no stage just now: one sentence; null when it can.</param>
public sealed record WorkerView(
    string Id, string Name, string Device, string Model, string ModelName, string Arithmetic, string? Activity, string? Problem = null);
