using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Models;

/// <summary>Decides which loaded components of a model make room for another, and whether the transformer's blocks are streamed.</summary>
/// <param name="WeightBudget">Bytes of weights that may be loaded at once; one part is always allowed.</param>
public sealed record ResidencyPolicy(long WeightBudget)
{
    /// <summary>With fewer blocks in memory nothing could be read while another block computes.</summary>
    private const int SmallestWindow = 2;

    /// <summary>Half of the memory of this machine: the rest is for activations.</summary>
    public static ResidencyPolicy HalfOfMemory => new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);

    /// <summary>A number of GiB for weights; half of this machine's memory when null.</summary>
    public static ResidencyPolicy Of(double? gibibytes) =>
        gibibytes is { } given ? new ResidencyPolicy((long)(given * (1L << 30))) : HalfOfMemory;

    /// <summary>
    /// The parts to unload before one of <paramref name="wantedBytes"/> is loaded: the least recently used, as few as will do.
    /// </summary>
    /// <param name="loaded">Parts and their bytes, least recently used first.</param>
    /// <param name="wantedBytes">Bytes of the part to load.</param>
    public IReadOnlyList<ModelComponent> ComponentsToUnload(IReadOnlyList<(ModelComponent Component, long Bytes)> loaded, long wantedBytes)
    {
        var total = loaded.Sum(entry => entry.Bytes) + wantedBytes;
        var unload = new List<ModelComponent>();
        foreach (var (component, bytes) in loaded)
        {
            if (total <= WeightBudget)
                break;
            unload.Add(component);
            total -= bytes;
        }

        return unload;
    }

    /// <summary>Bytes that a transformer needs at least: its smallest window, and all that is not in blocks.</summary>
    /// <param name="allBytes">Bytes of all its weights.</param>
    /// <param name="blockBytes">Bytes of its largest block.</param>
    /// <param name="blocks">Number of blocks.</param>
    public static long LeastBytes(long allBytes, long blockBytes, int blocks) =>
        allBytes - (blockBytes * Math.Max(0, blocks - SmallestWindow));

    /// <summary>Blocks of a transformer to hold at once when it is streamed; null when all of it fits.</summary>
    /// <param name="allBytes">Bytes of all its weights.</param>
    /// <param name="blockBytes">Bytes of its largest block.</param>
    /// <param name="blocks">Number of blocks.</param>
    public int? BlockWindow(long allBytes, long blockBytes, int blocks)
    {
        if (allBytes <= WeightBudget)
            return null;
        var forBlocks = WeightBudget - (allBytes - blockBytes * blocks);
        return (int)Math.Clamp(forBlocks / Math.Max(1, blockBytes), SmallestWindow, Math.Max(SmallestWindow, blocks));
    }
}
