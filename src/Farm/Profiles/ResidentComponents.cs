using System.Collections.Immutable;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Profiles;

/// <summary>The components in a worker's memory, in least-recently-used order; immutable.</summary>
public sealed record ResidentComponents(ImmutableArray<ModelComponent> Components)
{
    private readonly int _mask = Components.Aggregate(0, (mask, component) => mask | (1 << (int)component));

    /// <summary>The empty set of components.</summary>
    public static ResidentComponents None { get; } = new([]);

    /// <summary>True when a component is loaded.</summary>
    public bool Holds(ModelComponent component) => (_mask & (1 << (int)component)) != 0;

    /// <summary>
    /// Returns the components to evict before another is loaded: as few as possible, in least-recently-used order, as in the engine.
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

    /// <summary>Returns the components after one was used, and loaded if it was missing.</summary>
    public ResidentComponents Using(ModelComponent component, WorkerCapabilities worker)
    {
        if (Components.Length > 0 && Components[^1] == component)
            return this;
        var evicted = EvictedBy(component, worker).ToHashSet();
        return new ResidentComponents([.. Components.Where(loaded => loaded != component && !evicted.Contains(loaded)), component]);
    }
}
