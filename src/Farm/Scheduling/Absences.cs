using MlxVideo.Farm.Placement;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Scheduling;

/// <summary>Explains why no worker that could run a clip does so at present: outside their hours, or because of a problem.</summary>
internal sealed class Absences(IReadOnlyList<Slot> slots, Estimator estimator, DateTimeOffset wallClock)
{
    private readonly bool _hasAbsent = slots.Any(slot => IsAbsent(slot.Worker, wallClock));

    /// <summary>Returns the reason as one sentence; null when a worker can run the clip's next stages now.</summary>
    public string? Describe(QueuedClip clip)
    {
        if (!_hasAbsent)
            return null;
        var next = clip.Clip.Plan.Stages.Select(stage => (stage.Id, Work: clip.Clip.Work[stage.Id]))
            .Where(stage => stage.Work.Component is not null && clip.Clip.Stages[stage.Id].State == StageState.Ready)
            .Select(stage => stage.Work).ToList();
        var able = slots.Where(slot => next.Exists(work => estimator.CanRun(slot, clip, work))).Select(slot => slot.Worker).ToList();
        if (able.Count == 0 || able.Exists(worker => !IsAbsent(worker, wallClock)))
            return null;
        var blocked = able.Where(worker => worker.Problem is not null)
            .Select(worker => $"{worker.Name} can't run stages ({worker.Problem!.TrimEnd('.')})");
        var resting = able.Where(worker => worker.Problem is null).GroupBy(worker => HoursText.Format(worker.Capabilities.Hours!))
            .Select(group => $"{Names(group)} only {(group.Count() == 1 ? "works" : "work")} {group.Key}");
        return $"{string.Join(", and ", resting.Concat(blocked))}.";
    }

    private static bool IsAbsent(FarmWorker worker, DateTimeOffset wallClock) =>
        worker.Problem is not null || worker.Capabilities.Hours?.Contains(wallClock) == false;

    private static string Names(IEnumerable<FarmWorker> workers)
    {
        var names = workers.Select(worker => worker.Name).ToList();
        return names.Count == 1 ? names[0] : $"{string.Join(", ", names[..^1])} and {names[^1]}";
    }
}
