using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Models;

/// <summary>
/// Decides which resident components of a model make room for another, and whether the transformer's blocks are streamed.
/// </summary>
/// <param name="WeightBudget">Maximum bytes of resident weights; a single component is always allowed.</param>
public sealed record ResidencyPolicy(long WeightBudget)
{
    /// <summary>With fewer resident blocks, none could be read while another one computes.</summary>
    private const int SmallestWindow = 2;

    /// <summary>Half of this machine's memory for weights; the rest is for activations.</summary>
    public static ResidencyPolicy HalfOfMemory => new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);

    /// <summary>Returns a policy with this many GiB for weights; half of this machine's memory when null.</summary>
    public static ResidencyPolicy Of(double? gibibytes) =>
        gibibytes is { } given ? new ResidencyPolicy((long)(given * (1L << 30))) : HalfOfMemory;

    /// <summary>
    /// Returns the components to unload before one of <paramref name="wantedBytes"/> is loaded: as few as possible, in
    /// least-recently-used order.
    /// </summary>
    /// <param name="loaded">Components and their bytes, in least-recently-used order.</param>
    /// <param name="wantedBytes">Bytes of the component to load.</param>
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

    /// <summary>Returns the minimum bytes of a transformer: its smallest window, and all weights outside blocks.</summary>
    /// <param name="allBytes">Bytes of all weights.</param>
    /// <param name="blockBytes">Bytes of the largest block.</param>
    public static long MinimumBytes(long allBytes, long blockBytes, int blocks) =>
        allBytes - (blockBytes * Math.Max(0, blocks - SmallestWindow));

    /// <summary>Returns the number of blocks to keep resident when a transformer is streamed; null when all of it fits.</summary>
    /// <param name="allBytes">Bytes of all weights.</param>
    /// <param name="blockBytes">Bytes of the largest block.</param>
    public int? BlockWindow(long allBytes, long blockBytes, int blocks)
    {
        if (allBytes <= WeightBudget)
            return null;
        var forBlocks = WeightBudget - (allBytes - blockBytes * blocks);
        return (int)Math.Clamp(forBlocks / Math.Max(1, blockBytes), SmallestWindow, Math.Max(SmallestWindow, blocks));
    }
}
