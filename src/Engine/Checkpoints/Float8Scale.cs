using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>The one number that all 8-bit floats of a weight are multiplied by.</summary>
internal static class Float8Scale
{
    /// <summary>Its names beside a weight: in official files, and in files of ComfyUI (docs/reference/text.md, section 6).</summary>
    public static IReadOnlyList<string> Names { get; } = ["weight_scale", "scale_weight"];

    /// <summary>What is wrong with a scale; null when it can be used.</summary>
    public static string? FaultOf(TensorEntry entry) =>
        entry.ElementCount() != 1 || entry.Dtype is not (TensorDtype.F32 or TensorDtype.F16 or TensorDtype.BF16)
            ? $"{entry.Name} is {entry.Dtype} [{string.Join(", ", entry.Shape)}] instead of one float for the whole weight"
            : null;
}
