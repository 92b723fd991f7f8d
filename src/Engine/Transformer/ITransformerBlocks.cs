using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Transformer;

/// <summary>Gives the transformer its blocks one after the other, from memory or as they come from the checkpoint.</summary>
public interface ITransformerBlocks : IDisposable
{
    /// <summary>Blocks.</summary>
    int Count { get; }

    /// <summary>A block that is ready to run; blocks are asked for in order, each once an evaluation.</summary>
    TransformerBlock Take(int index);

    /// <summary>The pass is done with a block that it took.</summary>
    void Release(TransformerBlock block);
}

/// <summary>All blocks in memory.</summary>
public sealed class ResidentBlocks : ITransformerBlocks
{
    /// <summary>The list's key below the transformer's.</summary>
    internal const string Key = "transformer_blocks";

    private readonly TransformerBlock[] _blocks;

    /// <summary>Takes the weights from <paramref name="scope"/>, the transformer's.</summary>
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
