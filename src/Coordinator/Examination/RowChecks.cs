using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Shared.Diagnostics;

namespace MlxVideo.Coordinator.Examination;

/// <summary>Checks whether each open row has a worker that can render it.</summary>
internal static class RowChecks
{
    private const string Check = "rows";
    private const int MaxResults = 20;

    /// <summary>Returns one result per batch and reason; a single one when no row lacks a worker.</summary>
    public static IReadOnlyList<CheckResult> Of(FarmSnapshot farm, SchedulingOptions options, DateTimeOffset now)
    {
        var open = farm.State.Open.Where(id => !farm.State.Batches[id].IsPaused).ToList();
        var results = open.SelectMany(id => OfBatch(farm, id, options, now)).ToList();
        return results.Count switch
        {
            0 => [new CheckResult(Check, CheckOutcome.Passed, open.Count == 0 ? "none are open" : "each has a worker that can render it")],
            <= MaxResults => results,
            _ =>
            [
                .. results.OrderByDescending(result => result.Outcome).Take(MaxResults),
                new CheckResult(
                    Check, results.Max(result => result.Outcome),
                    FormattableString.Invariant($"{results.Count - MaxResults} more reasons"), "See 'farm show' for each batch."),
            ],
        };
    }

    private static IEnumerable<CheckResult> OfBatch(FarmSnapshot farm, string batch, SchedulingOptions options, DateTimeOffset now)
    {
        var possible = ClipEstimates.Of(farm, batch, options, now).Keys.ToHashSet();
        return WaitingReasons.Of(farm, farm.State.Batches[batch], possible, options, now)
            .GroupBy(reason => (Reason: reason.Value, IsPossible: possible.Contains(reason.Key)), reason => reason.Key)
            .Select(group => new CheckResult(
                Check, group.Key.IsPossible ? CheckOutcome.Warning : CheckOutcome.Failed,
                $"{batch}, {Names.Rows(group)}: {group.Key.Reason.TrimEnd('.')}",
                group.Key.IsPossible
                    ? "They continue when these workers can run stages again; 'farm worker hours' changes the hours."
                    : $"Start a worker that has what is missing ('farm worker tag' sets tags), or give up with 'farm cancel {batch}'."));
    }
}
