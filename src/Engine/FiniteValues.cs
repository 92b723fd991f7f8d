using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine;

/// <summary>
/// Checks tensors for NaN and infinity. Runs on the CPU, because the checked values are copied there anyway and Metal's reductions are
/// unreliable for large tensors and bfloat16. Minimum and maximum, which are NaN if any value is, avoid the full-size temporary of an
/// element-wise comparison.
/// </summary>
public static class FiniteValues
{
    /// <summary>Returns true when no value is NaN or infinite; integer tensors are always finite.</summary>
    public static bool Are(Tensor values)
    {
        if (!values.is_floating_point() || values.numel() == 0)
            return true;
        using var scope = TensorScope.OpenOnHost();
        var (smallest, largest) = values.cpu().aminmax();
        return IsFinite(smallest) && IsFinite(largest);
    }

    private static bool IsFinite(Tensor value) => float.IsFinite(value.to(ScalarType.Float32).item<float>());
}
