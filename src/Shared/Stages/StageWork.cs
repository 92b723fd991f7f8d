namespace MlxVideo.Shared.Stages;

/// <summary>A stage as the scheduler sees it: how much there is to do, what it needs, and what waits for it.</summary>
/// <param name="Kind">The id of its kind; times are learned for each kind.</param>
/// <param name="Component">The component that it computes with; null when it needs none.</param>
/// <param name="TeraOperations">Its arithmetic with the released models, in 10¹² operations: the measure of its size.</param>
/// <param name="Steps">Denoise steps; 1 for other stages.</param>
/// <param name="Evaluations">The transformer's evaluations in a step, which two workers can share; 1 without guidance.</param>
/// <param name="ActivationElements">Elements of the tensors that are alive at its peak, beside the weights.</param>
/// <param name="OutputBytes">About how many bytes it writes.</param>
/// <param name="Key">Its derivation key: equal keys, equal bytes (<see cref="DerivationKeys"/>).</param>
/// <param name="PathTeraOperations">Its own arithmetic and that of the longest chain of stages that waits for it: its upward rank.</param>
public sealed record StageWork(
    string Kind, ModelComponent? Component, double TeraOperations, int Steps, int Evaluations, double ActivationElements,
    double OutputBytes,
    string Key, double PathTeraOperations)
{
    /// <summary>True when some of its steps take no time, as those that reuse a prediction: nothing is learned from them.</summary>
    public bool HasEmptySteps { get; init; }

    /// <summary>True for a stage that only prepares its clip (<see cref="StageKind.IsPreparation"/>).</summary>
    public bool IsPreparation { get; init; }

    /// <summary>Bucket of sizes whose times are compared: half octaves of arithmetic.</summary>
    public int Bucket { get; } = (int)Math.Round(2 * Math.Log2(Math.Max(TeraOperations, 1e-6)));
}
