using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Display;
using MlxVideo.Shared.Stages;
using TorchSharp;

namespace MlxVideo.Engine.Stages.Memory;

/// <summary>
/// Refuses what can't fit before anything is loaded: running out of memory in the middle of a stage would cost its time,
/// and on some machines the whole process. The scheduler counts by the same numbers (<see cref="StageKind.ActivationElements"/>).
/// </summary>
/// <param name="limit">Bytes that weights and activations may take together; null for no limit.</param>
/// <param name="sizes">What the model's parts take.</param>
/// <param name="compute">Where and how stages compute.</param>
internal sealed class MemoryPlan(long? limit, ComponentSizes sizes, ComputeOptions compute)
{
    private const double Gibibyte = 1L << 30;

    /// <summary>Throws unless a stage can fit.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="inputFiles">Files of the artefacts it reads: they tell its size.</param>
    /// <exception cref="StageException">It can't.</exception>
    public void Require(Stage stage, IReadOnlyDictionary<string, string> inputFiles)
    {
        if (limit is not null && StageKinds.Of(stage) is { Component: { } component } kind)
            Require($"Stage {stage.Id}", component,
                kind.ActivationElements(stage, ClipShapes.Of(stage, inputFiles)) * compute.Dtype.ElementSize());
    }

    /// <summary>Throws unless a part can fit.</summary>
    /// <exception cref="StageException">It can't.</exception>
    public void Require(ModelComponent component)
    {
        if (limit is not null)
            Require($"Part {component} of the model", component, activations: 0);
    }

    private void Require(string what, ModelComponent component, double activations)
    {
        var weights = sizes.Of(component).LeastBytes;
        if (weights + activations > limit)
        {
            throw new StageException(
                FailureKind.OutOfMemory,
                $"{what} needs {Readable.Gibibytes(weights + activations)} ({Readable.Column(weights / Gibibyte)} for weights, "
                    + $"{Readable.Column(activations / Gibibyte)} to compute) of the {Readable.Gibibytes((double)limit)} that this machine "
                    + "has for it; render a smaller or shorter clip, or use a machine with more memory.");
        }
    }
}
