using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>The single scale of all 8-bit floats of a weight.</summary>
internal static class Float8Scale
{
    /// <summary>Names of a weight's scale in official files and in ComfyUI's files (docs/reference/text.md, section 6).</summary>
    public static IReadOnlyList<string> Names { get; } = ["weight_scale", "scale_weight"];

    /// <summary>Describes why a scale is unusable; null when it is usable.</summary>
    public static string? FaultOf(TensorEntry entry) =>
        entry.ElementCount() != 1 || entry.Dtype is not (TensorDtype.F32 or TensorDtype.F16 or TensorDtype.BF16)
            ? $"{entry.Name} is {entry.Dtype} [{string.Join(", ", entry.Shape)}] instead of one float for the whole weight"
            : null;
}
