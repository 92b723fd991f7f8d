using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Api;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;
using MlxVideo.Simulation.Running;

namespace MlxVideo.Simulation.Replay;

/// <summary>A batch traced by a real coordinator, for simulation under any policy (docs/trace.md).</summary>
public sealed class TraceReplay
{
    public TraceReplay(BatchTrace trace)
    {
        var start = trace.Batch.At;
        var here = trace.Lines.OfType<TraceLines.WorkerPresent>().ToList();
        var names = here.GroupBy(worker => worker.Id).ToDictionary(worker => worker.Key, worker => worker.First().Name);
        Macs = here.DistinctBy(worker => worker.Id).Select(worker => SimulatedMac.Of(worker.Id, worker.Capabilities)).ToList();
        Batch = new BatchRequest(
            trace.Batch.Id, trace.Batch.Clips.Select(clip => new ClipRequest(clip.Row, $"{clip.Row}.mp4", clip.Constraints, clip.Settings))
                .ToList(), trace.Batch.Weight);
        Names = names;
        Times = new TrueTimes(new TracedTimes(trace));
        Faults =
        [
            .. here.DistinctBy(worker => worker.Id).Where(worker => worker.At > start)
            .Select(worker => new MacJoins(PlaceOf(worker.Id), (worker.At - start).TotalSeconds)),
            .. from left in trace.Lines.OfType<TraceLines.WorkerLeft>()
               where !here.Any(worker => worker.Id == left.Worker && worker.At > left.At) // a worker that came back has not left
               select new MacLeaves(PlaceOf(left.Worker), (left.At - start).TotalSeconds),
        ];
        Seconds = (trace.Lines.OfType<TraceLines.ClipEnded>().Select(clip => clip.At).DefaultIfEmpty(start).Max() - start).TotalSeconds;
        Spans = trace.Lines.OfType<TraceLines.AttemptEnded>().Where(ended => names.ContainsKey(ended.Worker)).Select(ended =>
        {
            var end = (ended.At - start).TotalSeconds;
            return new WorkSpan(
                names[ended.Worker], ended.Row, ended.Stage, end - ended.Seconds,
                ended.Began is { } began ? (began - start).TotalSeconds : end, end, ended.Outcome != AttemptOutcome.Succeeded);
        }).ToList();
    }

    /// <summary>The workers, named by their ids.</summary>
    public IReadOnlyList<SimulatedMac> Macs { get; }

    /// <summary>Display names of the workers, by id.</summary>
    public IReadOnlyDictionary<string, string> Names { get; }

    public BatchRequest Batch { get; }

    /// <summary>The measured times.</summary>
    public TrueTimes Times { get; }

    /// <summary>Workers that joined after the start or left.</summary>
    public IReadOnlyList<InjectedFault> Faults { get; }

    /// <summary>Seconds until the last clip ended on the real farm.</summary>
    public double Seconds { get; }

    /// <summary>The activity of the real farm's workers.</summary>
    public IReadOnlyList<WorkSpan> Spans { get; }

    private int PlaceOf(string worker)
    {
        for (var place = 0; place < Macs.Count; place++)
        {
            if (Macs[place].Name == worker)
                return place;
        }

        throw new TraceException($"The trace refers to a worker '{worker}' that it does not define.");
    }
}
