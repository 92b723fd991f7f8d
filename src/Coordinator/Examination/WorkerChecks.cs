using MlxVideo.Shared.Api;
using MlxVideo.Shared.Diagnostics;
using MlxVideo.Shared.Display;

namespace MlxVideo.Coordinator.Examination;

/// <summary>Checks of the workers: whether there are any, what keeps others from working, and whether they fit together.</summary>
internal static class WorkerChecks
{
    /// <summary>Difference of clocks from which a warning is given: hellos take less time even on slow networks.</summary>
    private const double LargeDifferenceS = 5;

    /// <summary>Checks the workers in the farm and the remembered ones.</summary>
    /// <param name="enrolled">Names of the workers with a certificate, by id.</param>
    /// <param name="version">The coordinator's version.</param>
    public static IEnumerable<CheckResult> Of(
        IReadOnlyList<WorkerView> workers, IReadOnlyDictionary<string, string> enrolled, string version)
    {
        var present = workers.Where(worker => worker.Present).ToList();
        yield return Usable(present);
        yield return Check(
            "unfit workers", present.Where(worker => worker.State == WorkerState.Unfit).Select(Problem), "none failed the self-test",
            "Run './mlx-video doctor' on these machines.");
        yield return Check(
            "blocked workers",
            present.Where(worker => worker.State is WorkerState.Blocked or WorkerState.Disconnected).Select(Problem), "none",
            "They work again once their problem is solved; see 'farm worker show'.");
        yield return Check(
            "absent workers", Absent(workers, enrolled), "none of the known workers",
            "Start them; 'farm worker resume' ends a drain, 'farm worker forget' and 'farm worker revoke' remove a worker for good.");
        yield return Check(
            "versions",
            present.Where(worker => worker.Version is { } other && other != version)
                .Select(worker => $"{worker.Name} has {worker.Version}"),
            $"{version} everywhere", $"Update these workers to the coordinator's version, {version}.");
        yield return Models(present);
        yield return Check(
            "clocks", present.Where(worker => worker.ClockAheadS is { } ahead && Math.Abs(ahead) >= LargeDifferenceS).Select(Clock),
            "no worker's clock differs by more than a few seconds",
            "Synchronize the clocks with a time server: certificates and working hours depend on them.");
    }

    private static CheckResult Usable(List<WorkerView> present)
    {
        var able = present.Count(worker => worker.State is WorkerState.Idle or WorkerState.Busy);
        return able > 0
            ? new CheckResult("workers", CheckOutcome.Passed, FormattableString.Invariant($"{able} of {present.Count} can run stages"))
            : new CheckResult(
                "workers", CheckOutcome.Failed, present.Count == 0 ? "no worker is in the farm" : "no worker can run stages",
                "Start a worker that joins this coordinator, or solve the problems below.");
    }

    private static CheckResult Models(List<WorkerView> present)
    {
        var models = present.Where(worker => worker.Model.Length > 0)
            .GroupBy(worker => (worker.Model, worker.ModelName, worker.Arithmetic)).ToList();
        var differing = models.GroupBy(model => model.Key.ModelName).Where(name => name.DistinctBy(model => model.Key.Model).Count() > 1)
            .Select(name => $"{name.Key} has different content on {Workers(name)}").ToList();
        if (differing.Count > 0)
            return new CheckResult(
                "models", CheckOutcome.Warning, Names.Join(differing, "; "),
                "Copy the same model folder to these workers: a batch is rendered only by workers with the same content.");
        return models.Count <= 1
            ? new CheckResult("models", CheckOutcome.Passed, models.Count == 0 ? "none" : $"{models[0].Key.ModelName} everywhere")
            : new CheckResult(
                "models", CheckOutcome.Passed,
                "each batch is rendered by one of these groups: "
                + Names.Join(models.ConvertAll(model => $"{Names.Join(model.Select(worker => worker.Name).ToList())} "
                    + $"({model.Key.ModelName}, {model.Key.Arithmetic})"), "; "));

        static string Workers(IEnumerable<IEnumerable<WorkerView>> groups) =>
            Names.Join(groups.Select(group => Names.Join(group.Select(worker => worker.Name).ToList())).ToList(), " and ");
    }

    private static IEnumerable<string> Absent(IReadOnlyList<WorkerView> workers, IReadOnlyDictionary<string, string> enrolled) =>
    [
        .. workers.Where(worker => !worker.Present)
            .Select(worker => worker.State == WorkerState.Drained ? $"{worker.Name} (drained)" : worker.Name),
        .. enrolled.Where(entry => workers.All(worker => worker.Id != entry.Key)).Select(entry => entry.Value),
    ];

    private static string Problem(WorkerView worker) => $"{worker.Name}: {worker.Problem?.TrimEnd('.') ?? "no connection"}";

    private static string Clock(WorkerView worker) =>
        $"{worker.Name} is {Readable.Duration(Math.Abs(worker.ClockAheadS!.Value))} {(worker.ClockAheadS > 0 ? "ahead" : "behind")}";

    private static CheckResult Check(string check, IEnumerable<string> faults, string none, string remedy)
    {
        var found = faults.ToList();
        return found.Count == 0
            ? new CheckResult(check, CheckOutcome.Passed, none)
            : new CheckResult(check, CheckOutcome.Warning, Names.Join(found, "; "), remedy);
    }
}
