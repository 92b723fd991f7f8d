using System.Collections.Immutable;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Profiles;

/// <summary>The components in a worker's memory, the one used longest ago first; immutable.</summary>
public sealed record ResidentComponents(ImmutableArray<ModelComponent> Components)
{
    private readonly int _mask = Components.Aggregate(0, (mask, component) => mask | (1 << (int)component));

    /// <summary>Nothing is loaded.</summary>
    public static ResidentComponents None { get; } = new([]);

    /// <summary>True when a part is loaded.</summary>
    public bool Holds(ModelComponent component) => (_mask & (1 << (int)component)) != 0;

    /// <summary>
    /// The parts that must go before another is loaded: as few as will do, the ones used longest ago first, as the engine does it.
    /// </summary>
    public IEnumerable<ModelComponent> EvictedBy(ModelComponent component, WorkerCapabilities worker)
    {
        if (Holds(component))
            yield break;
        var total = Components.Sum(worker.LoadedBytesOf) + worker.LoadedBytesOf(component);
        foreach (var loaded in Components)
        {
            if (total <= worker.WeightBytes)
                yield break;
            yield return loaded;
            total -= worker.LoadedBytesOf(loaded);
        }
    }

    /// <summary>After a part was used, and loaded if it was not there.</summary>
    public ResidentComponents Using(ModelComponent component, WorkerCapabilities worker)
    {
        if (Components.Length > 0 && Components[^1] == component)
            return this;
        var evicted = EvictedBy(component, worker).ToHashSet();
        return new ResidentComponents([.. Components.Where(loaded => loaded != component && !evicted.Contains(loaded)), component]);
    }
}
