namespace MlxVideo.Shared.Safetensors;

/// <summary>Description and location of a tensor in a safetensors file.</summary>
/// <param name="Shape">Dimensions, row-major; empty for a scalar.</param>
/// <param name="Offset">Offset of the first byte from the start of the file.</param>
/// <param name="Length">Number of bytes.</param>
public sealed record TensorEntry(string Name, TensorDtype Dtype, IReadOnlyList<long> Shape, long Offset, long Length)
{
    /// <summary>Returns the number of elements.</summary>
    public long ElementCount() => Shape.Aggregate(1L, (product, size) => product * size);
}
