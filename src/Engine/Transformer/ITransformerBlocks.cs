using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Transformer;

/// <summary>Provides the transformer's blocks in sequence, resident or streamed from the checkpoint.</summary>
public interface ITransformerBlocks : IDisposable
{
    /// <summary>Number of blocks.</summary>
    int Count { get; }

    /// <summary>Returns a block that is ready to run; blocks are requested in order, each once per evaluation.</summary>
    TransformerBlock Take(int index);

    /// <summary>Releases a block after its use in an evaluation.</summary>
    void Release(TransformerBlock block);
}

/// <summary>Blocks that all stay in memory.</summary>
public sealed class ResidentBlocks : ITransformerBlocks
{
    /// <summary>Key of the block list below the transformer's prefix.</summary>
    internal const string Key = "transformer_blocks";

    private readonly TransformerBlock[] _blocks;

    /// <summary>Reads the weights from <paramref name="scope"/>, the scope of the transformer.</summary>
    public ResidentBlocks(WeightScope scope, TransformerConfig config)
    {
        var all = scope.Sub(Key);
        _blocks = Enumerable.Range(0, config.Layers).Select(index => new TransformerBlock(all.Sub(index), config, index)).ToArray();
    }

    /// <inheritdoc/>
    public int Count => _blocks.Length;

    /// <inheritdoc/>
    public TransformerBlock Take(int index) => _blocks[index];

    /// <inheritdoc/>
    public void Release(TransformerBlock block)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var block in _blocks)
            block.Dispose();
    }
}
