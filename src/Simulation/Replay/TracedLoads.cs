using MlxVideo.Farm.Profiles;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Simulation.Replay;

/// <summary>
/// How long workers of a trace loaded parts of the model: for so much longer the tasks that had to load one waited for their
/// beginning. It is more than the bytes of the part over the speed of the disk: kernels are made, first calls are slow.
/// </summary>
internal sealed class TracedLoads
{
    private readonly Dictionary<(string Worker, ModelPart Part), double> _seconds = [];

    public TracedLoads(BatchTrace trace)
    {
        var capabilities = trace.Lines.OfType<TraceLines.WorkerIsHere>().GroupBy(worker => worker.Id)
            .ToDictionary(worker => worker.Key, worker => worker.First().Capabilities);
        var waits = from ended in trace.Lines.OfType<TraceLines.AttemptEnded>()
                    where ended.Began is not null && ModelParts.Of(ended.WorkKind) is not null && capabilities.ContainsKey(ended.Worker)
                    let given = (ended.At - trace.Batch.At).TotalSeconds - ended.Seconds
                    orderby given
                    select (ended.Worker, Part: ModelParts.Of(ended.WorkKind)!.Value,
                        Seconds: (ended.Began!.Value - trace.Batch.At).TotalSeconds - given);
        foreach (var worker in waits.GroupBy(wait => wait.Worker))
        {
            var resident = ResidentParts.None;
            var loads = new List<(ModelPart Part, double Seconds)>();
            var others = new List<double>();
            foreach (var (_, part, seconds) in worker)
            {
                if (resident.Holds(part))
                    others.Add(seconds);
                else
                    loads.Add((part, seconds));
                resident = resident.Using(part, capabilities[worker.Key]);
            }

            var usual = others.Count == 0 ? 0 : others.Average();
            // The longest: what was loaded ahead, which traces do not tell, is waited for less or not at all.
            foreach (var load in loads.GroupBy(load => load.Part))
                _seconds[(worker.Key, load.Key)] = Math.Max(0, load.Max(one => one.Seconds) - usual);
        }
    }

    /// <summary>Seconds to load a part on a worker; null when it was never loaded there.</summary>
    public double? Seconds(string worker, ModelPart part) => _seconds.TryGetValue((worker, part), out var seconds) ? seconds : null;
}
