using System.Globalization;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Display;

namespace MlxVideo.Shared.Commands.Tables;

/// <summary>Results about workers as text.</summary>
internal static class WorkerTables
{
    private const int ShortDigest = 12;
    private const double Megabyte = 1e6;

    public static TextTable List(WorkerList list) => list.Workers.Count == 0
        ? TextTable.Line("The farm has no workers.")
        : TextTable.Of(
            list.Workers,
            ("worker", worker => worker.Name),
            ("state", StateOf),
            ("device", worker => worker.Device),
            ("model", ModelOf),
            ("activity", worker => worker.Activity ?? worker.Problem),
            ("memory", worker => worker.Memory is { } memory ? Readable.Gibibytes(memory.DriverBytes) : null));

    public static TextTable Show(WorkerView worker) => TextTable.OfValues(
        ("name", worker.Name),
        ("id", worker.Id),
        ("state", StateOf(worker)),
        ("device", worker.Present ? worker.Device : null),
        ("model", worker.Present ? ModelOf(worker) : null),
        ("arithmetic", worker.Present ? worker.Arithmetic : null),
        ("memory", worker.MemoryBytes > 0 ? Readable.Gibibytes(worker.MemoryBytes) : null),
        ("in use", worker.Memory is { } memory ? Readable.Gibibytes(memory.DriverBytes) : null),
        ("loaded", worker.Resident.Count > 0 ? string.Join(", ", worker.Resident).ToLowerInvariant() : null),
        ("speed", worker.TeraflopsPerSecond > 0 ? $"{Readable.Number(worker.TeraflopsPerSecond)} teraflops per second" : null),
        ("connection", worker.LinkBytesPerSecond > 0 ? $"{Readable.Number(worker.LinkBytesPerSecond / Megabyte)} MB/s" : null),
        ("tags", worker.Tags.Count > 0 ? $"{string.Join(", ", worker.Tags)}{(worker.TagsSet ? " (set by an operator)" : "")}" : null),
        ("hours", worker.Hours is { } hours ? $"{hours}{(worker.HoursSet ? " (set by an operator)" : "")}" : null),
        ("activity", worker.Stage is { } stage
            ? string.Create(
                CultureInfo.InvariantCulture, $"{stage.Batch}, row {stage.Row}: {stage.Stage}, since {TimeText.Of(stage.Since)}")
            : null),
        ("version", worker.Version),
        ("clock", worker.ClockAheadS is { } ahead and not 0
            ? $"{Readable.Duration(Math.Abs(ahead))} {(ahead > 0 ? "ahead of" : "behind")} the coordinator's"
            : null),
        ("problem", worker.Problem));

    public static TextTable Drained(DrainedWorker worker) => TextTable.Line($"{worker.Name} gets no more stages.")
        .With(worker.Activity is { } activity ? $"It still runs {activity}." : null);

    public static TextTable Resumed(DrainedWorker worker) => TextTable.Line($"{worker.Name} may be given stages again.");

    public static TextTable Forgotten(ForgottenWorker worker) => TextTable.Line($"Forgot the worker {worker.Name} (id {worker.Id}).");

    public static TextTable Revoked(WorkerRevoked revoked) =>
        TextTable.Line($"Revoked the worker {revoked.Name} (id {revoked.WorkerId}).");

    private static string StateOf(WorkerView worker) =>
        worker.Present ? worker.State.ToString().ToLowerInvariant() : $"{worker.State.ToString().ToLowerInvariant()}, absent";

    private static string? ModelOf(WorkerView worker) => worker.Model.Length == 0
        ? null
        : $"{worker.ModelName} ({(worker.Model.Length > ShortDigest ? worker.Model[..ShortDigest] : worker.Model)})";
}
