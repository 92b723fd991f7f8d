using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;

namespace MlxVideo.Engine.Transformer.Streaming;

/// <summary>
/// Blocks that are in memory only while needed. A background thread reads the next blocks' weights from the mapped checkpoint into main
/// memory, and the computing thread creates the blocks, because only one thread may access the device. Weights and results are
/// bit-identical to <see cref="ResidentBlocks"/>.
/// </summary>
public sealed class StreamedBlocks : ITransformerBlocks
{
    private readonly TransformerConfig _config;
    private readonly ComputeOptions _compute;
    private readonly IDisposable? _checkpoint;
    private readonly CyclicPrefetch<PrefetchedWeights> _prefetch;

    /// <summary>Starts reading the first blocks.</summary>
    /// <param name="window">Maximum number of blocks in memory, including the running one; 2 or more enable read-ahead.</param>
    /// <param name="read">Reads the weights of a block by its index; runs on the background thread.</param>
    /// <param name="checkpoint">Source of <paramref name="read"/>; disposed with the blocks.</param>
    public StreamedBlocks(
        TransformerConfig config, ComputeOptions compute, int window, Func<int, PrefetchedWeights> read, IDisposable? checkpoint = null)
    {
        (_config, _compute, _checkpoint) = (config, compute, checkpoint);
        _prefetch = new CyclicPrefetch<PrefetchedWeights>(config.Layers, window, read);
    }

    /// <inheritdoc/>
    public int Count => _prefetch.Count;

    /// <inheritdoc/>
    public TransformerBlock Take(int index)
    {
        var weights = _prefetch.Take(index);
        try
        {
            return new TransformerBlock(new WeightScope(weights, _compute, KeyOf(index)), _config, index);
        }
        catch
        {
            _prefetch.Return();
            throw;
        }
        finally
        {
            weights.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Release(TransformerBlock block)
    {
        block.Dispose();
        _prefetch.Return();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _prefetch.Dispose();
        _checkpoint?.Dispose();
    }

    /// <summary>Returns the index of the block that a checkpoint key belongs to; null when it belongs to none.</summary>
    public static int? IndexOf(string key)
    {
        const string prefix = $"{LtxTransformer.KeyPrefix}.{ResidentBlocks.Key}.";
        return key.StartsWith(prefix, StringComparison.Ordinal)
            && int.TryParse(key.AsSpan(prefix.Length, Math.Max(0, key.IndexOf('.', prefix.Length) - prefix.Length)), out var index)
            ? index
            : null;
    }

    /// <summary>Returns the key prefix of a block in the checkpoint.</summary>
    public static string KeyOf(int index) => $"{LtxTransformer.KeyPrefix}.{ResidentBlocks.Key}.{index}";
}
