using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Decisions;

/// <summary>Applies what operators set for workers to the state.</summary>
internal static class WorkerReducer
{
    /// <summary>Returns the state with changed overrides of a worker, whether it is in the farm or not.</summary>
    public static FarmState Override(this FarmState state, string id, string name, Func<WorkerOverrides, WorkerOverrides> change)
    {
        var overrides = change((state.Overrides.GetValueOrDefault(id) ?? new WorkerOverrides(name)) with { Name = name });
        state = state with { Overrides = overrides.IsEmpty ? state.Overrides.Remove(id) : state.Overrides.SetItem(id, overrides) };
        return state.Workers.TryGetValue(id, out var worker)
            ? state with { Workers = state.Workers.SetItem(id, state.WithOverrides(worker)) }
            : state;
    }

    /// <summary>Returns a worker with the capabilities that its operator set.</summary>
    internal static FarmWorker WithOverrides(this FarmState state, FarmWorker worker) => worker with
    {
        Own = worker.Own,
        Capabilities = state.Overrides.GetValueOrDefault(worker.Id)?.ApplyTo(worker.Own) ?? worker.Own,
    };
}
