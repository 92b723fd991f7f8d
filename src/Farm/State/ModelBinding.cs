namespace MlxVideo.Farm.State;

/// <summary>
/// The factors other than its settings that determine the bits of a clip. A batch is bound to one binding, and only workers with
/// an equal binding run its stages.
/// </summary>
/// <param name="Model">Digest of the model's files.</param>
/// <param name="Arithmetic">Processor, device, dtype, kernels and threads of a worker's computations.</param>
public sealed record ModelBinding(string Model, string Arithmetic);
