namespace MlxVideo.Shared.Stages;

/// <summary>A task as the scheduler sees it: how much there is to do, what it needs, and what waits for it.</summary>
/// <param name="Kind">The stage's public name; times are learned for each kind.</param>
/// <param name="Part">The model part that it computes with; null when it needs none.</param>
/// <param name="Teraflops">Its arithmetic with the released models, in 10¹² operations: the measure of its size.</param>
/// <param name="Steps">Denoise steps; 1 for other stages.</param>
/// <param name="Passes">The transformer's passes in a step, which two workers can share; 1 without guidance.</param>
/// <param name="ActivationElements">Elements of the tensors that are alive at its peak, beside the weights.</param>
/// <param name="OutputBytes">About how many bytes it writes.</param>
/// <param name="Key">Its derivation key: equal keys, equal bytes (<see cref="Renders.DerivationKeys"/>).</param>
/// <param name="PathTeraflops">Its own arithmetic and that of the longest chain of tasks that waits for it: its upward rank.</param>
public sealed record StageWork(string Kind, ModelPart? Part, double Teraflops, int Steps, int Passes, double ActivationElements,
    double OutputBytes, string Key, double PathTeraflops)
{
    /// <summary>True when some of its steps take no time, as those that reuse a prediction: nothing is learned from them.</summary>
    public bool HasEmptySteps { get; init; }

    /// <summary>True for encoding prompts and images: cheap, and no reason to finish the clip before others.</summary>
    public bool IsPreparation => Part is ModelPart.TextEncoder or ModelPart.VideoEncoder;

    /// <summary>Bucket of sizes whose times are compared: half octaves of arithmetic.</summary>
    public int Bucket { get; } = (int)Math.Round(2 * Math.Log2(Math.Max(Teraflops, 1e-6)));
}
