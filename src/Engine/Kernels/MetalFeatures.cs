namespace MlxVideo.Engine.Kernels;

/// <summary>
/// Faster forms of Metal-safe operations. Each is used only on a device whose self-test found it correct and faster than the elementary
/// form, because their results differ in the last bits and some depend on functions that libtorch does not document.
/// </summary>
/// <param name="NativeAttention">libtorch's own attention for each chunk of queries.</param>
/// <param name="FusedRmsNorm">libtorch's fused RMS norm.</param>
public sealed record MetalFeatures(bool NativeAttention = false, bool FusedRmsNorm = false)
{
    /// <summary>Elementary operations only.</summary>
    public static MetalFeatures None { get; } = new();
}
