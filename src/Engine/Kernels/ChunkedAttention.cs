using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Kernels;

/// <summary>
/// Attention in chunks of queries, which bounds the scores in memory. Scores are float32 from the product on: rounding them to bfloat16
/// before the softmax costs percents at thousands of keys (pytorch#190791).
/// </summary>
/// <param name="maxScores">Maximum number of scores at once (batch × heads × queries × keys).</param>
/// <param name="maxReduction">Longest reduction of a matrix product; more keys are summed in slices.</param>
/// <param name="native">Whether to compute a chunk with libtorch's own attention where it is correct.</param>
internal sealed class ChunkedAttention(long maxScores, TensorLimits limits, long maxReduction, bool native)
{
    /// <summary>With at most 8 queries, libtorch 2.10 selects Metal kernels that read out of bounds (pytorch#174861).</summary>
    private const long FewQueries = 8;

    /// <summary>See <see cref="TensorKernels.Attention"/>.</summary>
    public Tensor Compute(Tensor query, Tensor key, Tensor value, Tensor? mask, double scale)
    {
        using var scope = TensorScope.Open();
        var (batch, heads, queries, keys) = (query.shape[0], query.shape[1], query.shape[2], key.shape[2]);
        var chunk = Math.Clamp(maxScores / Math.Max(1, batch * heads * keys), 1, Math.Max(1, queries));
        limits.Require(query.dtype, query.shape);
        limits.Require(ScalarType.Float32, key.shape);
        limits.Require(ScalarType.Float32, batch, heads, chunk, keys);
        var count = (Math.Max(1, queries) + chunk - 1) / chunk;
        var chunks = Chunks(queries, (Math.Max(1, queries) + count - 1) / count).ToList(); // of equal size, so that none is too short
        var isNative = native && keys <= maxReduction && chunks.TrueForAll(range => range.Length > FewQueries);
        var parts = isNative
            ? Native(query, key, value, mask, scale, chunks)
            : Elementary(query, key, value, mask, scale, chunks);
        return (parts.Count == 1 ? parts[0] : cat(parts, 2)).MoveToOuterDisposeScope();
    }

    private static IEnumerable<(long Start, long Length)> Chunks(long count, long size)
    {
        for (long start = 0; start < count; start += size)
            yield return (start, Math.Min(size, count - start));
    }

    private List<Tensor> Elementary(
        Tensor query, Tensor key, Tensor value, Tensor? mask, double scale, IEnumerable<(long Start, long Length)> chunks)
    {
        var keyTransposed = key.to(ScalarType.Float32).transpose(-1, -2).contiguous();
        var values = value.contiguous();
        return chunks.Select(range =>
        {
            using var scope = TensorScope.Open();
            var rows = query.narrow(2, range.Start, range.Length).to(ScalarType.Float32) * scale;
            var scores = DeviceOperations.Product(rows.contiguous(), keyTransposed);
            if (mask is not null)
                scores.add_(MaskOf(mask, range));
            var weights = scores.softmax(-1);
            scores.Dispose();
            var rounded = weights.to(values.dtype);
            if (rounded.dtype != weights.dtype)
                weights.Dispose();
            return WeightedSum(rounded, values).MoveToOuterDisposeScope();
        }).ToList();
    }

    /// <summary>Computes weights · values; long sums in slices, which are added in float32.</summary>
    private Tensor WeightedSum(Tensor weights, Tensor values)
    {
        using var scope = TensorScope.Open();
        var keys = values.shape[2];
        if (keys <= maxReduction)
            return DeviceOperations.Product(weights, values).MoveToOuterDisposeScope();
        Tensor? sum = null;
        foreach (var (start, length) in Chunks(keys, maxReduction))
        {
            var part = DeviceOperations.Product(
                weights.narrow(-1, start, length).contiguous(), values.narrow(2, start, length).contiguous()).to(ScalarType.Float32);
            sum = sum is null ? part : sum.add_(part);
        }

        return sum!.to(values.dtype).MoveToOuterDisposeScope();
    }

    private static List<Tensor> Native(
        Tensor query, Tensor key, Tensor value, Tensor? mask, double scale, IEnumerable<(long Start, long Length)> chunks)
    {
        // In float32, because libtorch's own attention on Metal rounds the scores to the inputs' dtype.
        var (keys, values) = (key.to(ScalarType.Float32).contiguous(), value.to(ScalarType.Float32).contiguous());

        // TorchSharp's binding has no scale argument: fold the ratio to the built-in 1/√head_dim into the query.
        var ratio = scale * Math.Sqrt(query.shape[^1]);
        return chunks.Select(range =>
        {
            using var scope = TensorScope.Open();
            var rows = query.narrow(2, range.Start, range.Length).to(ScalarType.Float32) * ratio;
            var visible = mask is null ? null : MaskOf(mask, range).to(ScalarType.Float32);
            return F.scaled_dot_product_attention(rows.contiguous(), keys, values, visible).to(query.dtype).MoveToOuterDisposeScope();
        }).ToList();
    }

    private static Tensor MaskOf(Tensor mask, (long Start, long Length) range) =>
        mask.shape[^2] == 1 ? mask : mask.narrow(-2, range.Start, range.Length);
}
