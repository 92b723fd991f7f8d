using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine;

/// <summary>
/// Whether values are numbers at all. Looked at on the CPU: what is checked goes there anyway, and Metal's reductions are not
/// trusted with large tensors or bfloat16. Smallest and largest value, which are NaN where any value is, need no temporary of
/// the tensor's size, as a comparison for each element would.
/// </summary>
public static class FiniteValues
{
    /// <summary>True when no value is NaN or infinite; tensors of integers are always finite.</summary>
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
