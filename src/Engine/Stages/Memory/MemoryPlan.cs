using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Display;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using TorchSharp;

namespace MlxVideo.Engine.Stages.Memory;

/// <summary>
/// Rejects stages and components that cannot fit before anything is loaded, because running out of memory during a stage wastes its time
/// and on some machines ends the process. The scheduler uses the same estimate (<see cref="StageKind.ActivationElements"/>).
/// </summary>
/// <param name="limit">Maximum bytes of weights and activations together; null for no limit.</param>
internal sealed class MemoryPlan(long? limit, ComponentSizes sizes, ComputeOptions compute)
{
    private const double Gibibyte = 1L << 30;

    /// <summary>Returns the planned bytes of a stage's activations.</summary>
    /// <param name="inputFiles">Files of the input artefacts, which determine the stage's size.</param>
    /// <exception cref="StageException">The stage does not fit beside its component's weights.</exception>
    public long ActivationBytes(Stage stage, IReadOnlyDictionary<string, string> inputFiles)
    {
        return StageKinds.Of(stage).Component is null ? 0 : ActivationBytes(stage, ClipShapes.Of(stage, inputFiles));
    }

    /// <summary>Returns the planned bytes of a stage's activations, known before its inputs exist.</summary>
    /// <param name="settings">The clip's settings.</param>
    /// <exception cref="StageException">The stage does not fit beside its component's weights.</exception>
    public long ActivationBytes(Stage stage, RenderSettings settings)
    {
        if (StageKinds.Of(stage) is not { Component: { } component } kind)
            return 0;
        var bytes = kind.ActivationElements(stage, settings) * compute.Dtype.ElementSize();
        Require($"Stage {stage.Id}", component, bytes);
        return (long)Math.Ceiling(bytes);
    }

    /// <summary>Returns true when a stage fits beside its component's weights.</summary>
    public bool Fits(Stage stage, RenderSettings settings)
    {
        var kind = StageKinds.Of(stage);
        return limit is null || kind.Component is not { } component
            || sizes.Of(component).MinBytes + (kind.ActivationElements(stage, settings) * compute.Dtype.ElementSize()) <= limit;
    }

    /// <summary>Throws unless the component fits.</summary>
    /// <exception cref="StageException">The component does not fit.</exception>
    public void Require(ModelComponent component)
    {
        Require($"Model component {component}", component, activations: 0);
    }

    private void Require(string what, ModelComponent component, double activations)
    {
        // Also without a limit, this finds a component that the model lacks before anything is loaded.
        var weights = sizes.Of(component).MinBytes;
        if (limit is not null && weights + activations > limit)
        {
            var inParts = component is ModelComponent.Transformer or ModelComponent.Upsampler
                ? ", a long one in parts (part_frames),"
                : ",";
            throw new StageException(
                FailureKind.OutOfMemory,
                $"{what} needs {Readable.Gibibytes(weights + activations)} ({Readable.Column(weights / Gibibyte)} for weights, "
                    + $"{Readable.Column(activations / Gibibyte)} for activations), but this machine has "
                    + $"{Readable.Gibibytes((double)limit)} for it; render a smaller or shorter clip{inParts} or use a machine with "
                    + "more memory.");
        }
    }
}
