using MlxVideo.Cli.Chaos.Batches;
using MlxVideo.Cli.Chaos.Plan;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Cli.Chaos.Verification;

/// <summary>Checks that every row was delivered exactly once: for the clients, and for the coordinator.</summary>
internal static class DeliveryCheck
{
    /// <summary>Returns the problems of a client's batch.</summary>
    public static IEnumerable<string> FindProblems(PlannedBatch planned, ClientOutcome outcome)
    {
        if (outcome.Error is { } error)
            yield return $"{planned.Name} was not delivered: {error}";
        if (DeliveredFolder.ReadReport(outcome.Folder) is not { } report)
        {
            yield return $"{planned.Name} has no report.";
            yield break;
        }

        var expected = planned.Rows.Select((row, index) => (Row: index + 1, row.Output)).ToList();
        var delivered = report.Clips.Select(clip => (clip.Row, clip.Output)).ToList();
        foreach (var (row, name) in expected.Where(row => delivered.Count(each => each == row) != 1))
            yield return $"{planned.Name}, row {row} ({name}) is {delivered.Count(each => each == (row, name))} times in the report.";
        foreach (var row in report.Failed)
            yield return $"{planned.Name}, row {row.Row} failed: {row.Error}";
        var files = DeliveredFolder.Files(outcome.Folder).ToHashSet();
        foreach (var name in planned.Rows.Select(row => row.Output).Where(name => !files.Remove(name)))
            yield return $"{planned.Name}: {name} is missing.";
        foreach (var name in files)
            yield return $"{planned.Name}: {name} is not the clip of any row.";
    }

    /// <summary>Returns the problems of the coordinator's batches.</summary>
    /// <param name="planned">The submitted batches.</param>
    /// <param name="listed">The batches that the coordinator lists.</param>
    /// <param name="views">The views of the listed batches.</param>
    public static IEnumerable<string> FindProblems(
        IReadOnlyList<PlannedBatch> planned, IReadOnlyList<BatchSummary> listed, IReadOnlyList<BatchView> views)
    {
        if (listed.Count != planned.Count)
            yield return $"The coordinator has {listed.Count} batches, but {planned.Count} were submitted.";
        foreach (var view in views.Where(view => view.State != BatchState.Ended))
            yield return $"Batch {view.Id} has not ended.";
        var outputs = views.SelectMany(view => view.Clips).Where(clip => clip.State == ClipState.Finished).CountBy(clip => clip.Output)
            .ToDictionary();
        foreach (var row in planned.SelectMany(batch => batch.Rows).Where(row => outputs.GetValueOrDefault(row.Output) != 1))
            yield return $"The coordinator has {outputs.GetValueOrDefault(row.Output)} finished clips for {row.Output}.";
    }
}
