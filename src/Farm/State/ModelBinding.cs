namespace MlxVideo.Farm.State;

/// <summary>
/// What decides the bits of a clip beside its settings: a batch is bound to one of these, and only workers that have exactly
/// the same are given its stages.
/// </summary>
/// <param name="Model">Digest of the model's files.</param>
/// <param name="Arithmetic">Processor, device, dtype, kernels and threads that a worker computes with.</param>
public sealed record ModelBinding(string Model, string Arithmetic);
