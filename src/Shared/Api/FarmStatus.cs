namespace MlxVideo.Shared.Api;

/// <summary>The response to <c>GET /api/farm</c>.</summary>
/// <param name="Workers">The workers in the farm.</param>
/// <param name="Problem">One-sentence reason for the coordinator to hold all work; null when work is not held.</param>
public sealed record FarmStatus(IReadOnlyList<WorkerView> Workers, string? Problem = null);

/// <summary>A worker.</summary>
/// <param name="Id">Id, stable across restarts.</param>
/// <param name="Name">Display name.</param>
/// <param name="Device">Compute device: <c>mps</c>, <c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Model">Digest of the model.</param>
/// <param name="ModelName">Name of the model.</param>
/// <param name="Arithmetic">Processor, device, dtype, kernels and threads.</param>
/// <param name="Activity">Current activity: <c>row 3: denoise-1</c> or <c>row 3: helping with denoise-1</c>; null when idle.</param>
/// <param name="Problem">
/// One-sentence reason why the worker can't run stages, temporarily (a full disk) or until it restarts (a device that failed the
/// self-test); null when it can.
/// </param>
/// <param name="Memory">Use of the device's memory in the running stage; null when idle or not reported.</param>
public sealed record WorkerView(
    string Id, string Name, string Device, string Model, string ModelName, string Arithmetic, string? Activity, string? Problem = null,
    WorkerMemory? Memory = null);

/// <summary>Use of a device's memory by a worker.</summary>
/// <param name="TensorBytes">Bytes of live tensors; null when unknown.</param>
/// <param name="DriverBytes">Bytes that the driver holds for the worker, including cached memory.</param>
public sealed record WorkerMemory(long? TensorBytes, long DriverBytes);
