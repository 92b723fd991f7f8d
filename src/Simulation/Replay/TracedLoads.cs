using MlxVideo.Farm.Profiles;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Simulation.Replay;

/// <summary>
/// Load times of model components on the workers of a trace: the additional time before the start of a stage that had to load one. They
/// exceed the component's bytes divided by the disk speed, because kernels are created and first calls are slow.
/// </summary>
internal sealed class TracedLoads
{
    private readonly Dictionary<(string Worker, ModelComponent Component), double> _seconds = [];

    public TracedLoads(BatchTrace trace)
    {
        var capabilities = trace.Lines.OfType<TraceLines.WorkerPresent>().GroupBy(worker => worker.Id)
            .ToDictionary(worker => worker.Key, worker => worker.First().Capabilities);
        var waits = from ended in trace.Lines.OfType<TraceLines.AttemptEnded>()
                    where ended.Began is not null && StageKinds.Find(ended.StageKind)?.Component is not null
                        && capabilities.ContainsKey(ended.Worker)
                    let given = (ended.At - trace.Batch.At).TotalSeconds - ended.Seconds
                    orderby given
                    select (ended.Worker, Component: StageKinds.Of(ended.StageKind).Component!.Value,
                        Seconds: (ended.Began!.Value - trace.Batch.At).TotalSeconds - given);
        foreach (var worker in waits.GroupBy(wait => wait.Worker))
        {
            var resident = ResidentComponents.None;
            var loads = new List<(ModelComponent Component, double Seconds)>();
            var others = new List<double>();
            foreach (var (_, component, seconds) in worker)
            {
                if (resident.Holds(component))
                    others.Add(seconds);
                else
                    loads.Add((component, seconds));
                resident = resident.Using(component, capabilities[worker.Key]);
            }

            var usual = others.Count == 0 ? 0 : others.Average();
            // The longest wait counts: a prefetched component, which traces do not record, causes less wait or none.
            foreach (var load in loads.GroupBy(load => load.Component))
                _seconds[(worker.Key, load.Key)] = Math.Max(0, load.Max(one => one.Seconds) - usual);
        }
    }

    /// <summary>Returns the seconds to load a component on a worker; null when it was never loaded there.</summary>
    public double? Seconds(string worker, ModelComponent component) =>
        _seconds.TryGetValue((worker, component), out var seconds) ? seconds : null;
}
