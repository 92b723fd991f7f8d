namespace MlxVideo.Engine.Models;

/// <summary>Decides which loaded parts of a model make room for another.</summary>
/// <param name="WeightBudget">Bytes of weights that may be loaded at once; one part is always allowed.</param>
public sealed record ResidencyPolicy(long WeightBudget)
{
    /// <summary>Half of the memory of this machine: the rest is for activations.</summary>
    public static ResidencyPolicy HalfOfMemory => new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);

    /// <summary>The parts to unload before one of <paramref name="wantedBytes"/> is loaded: the least recently used, as few as will do.</summary>
    /// <param name="loaded">Parts and their bytes, least recently used first.</param>
    /// <param name="wantedBytes">Bytes of the part to load.</param>
    public IReadOnlyList<string> PartsToUnload(IReadOnlyList<(string Part, long Bytes)> loaded, long wantedBytes)
    {
        var total = loaded.Sum(entry => entry.Bytes) + wantedBytes;
        var unload = new List<string>();
        foreach (var (part, bytes) in loaded)
        {
            if (total <= WeightBudget)
                break;
            unload.Add(part);
            total -= bytes;
        }

        return unload;
    }
}
