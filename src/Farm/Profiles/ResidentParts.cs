using System.Collections.Immutable;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Profiles;

/// <summary>The model parts in a worker's memory, the one used longest ago first; immutable.</summary>
public sealed record ResidentParts(ImmutableArray<ModelPart> Parts)
{
    private readonly int _mask = Parts.Aggregate(0, (mask, part) => mask | (1 << (int)part));

    /// <summary>Nothing is loaded.</summary>
    public static ResidentParts None { get; } = new([]);

    /// <summary>True when a part is loaded.</summary>
    public bool Holds(ModelPart part) => (_mask & (1 << (int)part)) != 0;

    /// <summary>
    /// The parts that must go before another is loaded: as few as will do, the ones used longest ago first, as the engine does it.
    /// </summary>
    public IEnumerable<ModelPart> EvictedBy(ModelPart part, WorkerCapabilities worker)
    {
        if (Holds(part))
            yield break;
        var total = Parts.Sum(worker.LoadedBytesOf) + worker.LoadedBytesOf(part);
        foreach (var loaded in Parts)
        {
            if (total <= worker.WeightBytes)
                yield break;
            yield return loaded;
            total -= worker.LoadedBytesOf(loaded);
        }
    }

    /// <summary>After a part was used, and loaded if it was not there.</summary>
    public ResidentParts Using(ModelPart part, WorkerCapabilities worker)
    {
        if (Parts.Length > 0 && Parts[^1] == part)
            return this;
        var evicted = EvictedBy(part, worker).ToHashSet();
        return new ResidentParts([.. Parts.Where(loaded => loaded != part && !evicted.Contains(loaded)), part]);
    }
}
