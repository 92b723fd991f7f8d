namespace MlxVideo.Shared.Stages;

/// <summary>The scheduler's view of a stage: its size, requirements and dependants.</summary>
/// <param name="Kind">Id of the stage kind; times are learned per kind.</param>
/// <param name="Component">Component that the stage uses; null when it needs none.</param>
/// <param name="TeraOperations">Size of the stage: operations with the released models, in units of 10¹².</param>
/// <param name="Steps">Denoise steps; 1 for other stages.</param>
/// <param name="Evaluations">Transformer evaluations per step, which two workers can share; 1 without guidance.</param>
/// <param name="ActivationElements">Tensor elements alive at the stage's memory peak, excluding weights.</param>
/// <param name="OutputBytes">Approximate size of the outputs in bytes.</param>
/// <param name="Key">Derivation key: equal keys, equal bytes (<see cref="DerivationKeys"/>).</param>
/// <param name="PathTeraOperations">Upward rank: operations of the stage and of the longest chain of its dependants.</param>
public sealed record StageWork(
    string Kind, ModelComponent? Component, double TeraOperations, int Steps, int Evaluations, double ActivationElements,
    double OutputBytes,
    string Key, double PathTeraOperations)
{
    /// <summary>True when some steps take no time, for example because they reuse a prediction: no times are learned from them.</summary>
    public bool HasEmptySteps { get; init; }

    /// <summary>See <see cref="StageKind.IsPreparation"/>.</summary>
    public bool IsPreparation { get; init; }

    /// <summary>Size bucket in which times are compared: half octaves of operations.</summary>
    public int Bucket { get; } = (int)Math.Round(2 * Math.Log2(Math.Max(TeraOperations, 1e-6)));
}
