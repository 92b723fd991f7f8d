using System.Globalization;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Shared.Commands.Tables;

/// <summary>Logs of attempts as text.</summary>
internal static class LogTables
{
    public static TextTable List(AttemptLogList list) => list.Attempts.Count == 0
        ? TextTable.Line($"{list.Batch} has no such attempts.")
        : new TextTable([], [], [.. list.Attempts.SelectMany(Lines)])
            .With(list.HasMore ? "There are more attempts: use --row, --stage, --attempt or a higher --limit." : null);

    public static TextTable Line(BatchLogLine line) => TextTable.Line(string.Create(
        CultureInfo.InvariantCulture, $"{TimeText.Of(line.At)}  row {line.Row}, {line.Stage}#{line.Attempt}  {line.Text}"));

    private static IEnumerable<string> Lines(AttemptLogView attempt)
    {
        var end = attempt.EndedAt is { } ended ? $" – {TimeText.Of(ended)}" : "";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"row {attempt.Row}, {attempt.Stage}, attempt {attempt.Attempt} on {attempt.Worker}: ")
            + $"{attempt.State.ToString().ToLowerInvariant()}, {TimeText.Of(attempt.StartedAt)}{end}";
        foreach (var line in attempt.Lines)
            yield return $"  {TimeText.Of(line.At)}  {line.Text}";
        if (attempt.Error is { } error)
            yield return $"  {error}";
    }
}
