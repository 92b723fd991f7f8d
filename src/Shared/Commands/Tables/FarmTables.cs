using System.Globalization;
using System.Text.Json;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Shared.Commands.Tables;

/// <summary>Results about the farm as text.</summary>
internal static class FarmTables
{
    private static readonly int KindWidth =
        Enum.GetNames<FarmEventKind>().Max(name => JsonNamingPolicy.SnakeCaseLower.ConvertName(name).Length);

    public static TextTable Status(FarmStatus farm) => WorkerTables.List(new WorkerList(farm.Workers))
        .With(farm.Drained.Where(drained => farm.Workers.All(worker => worker.Id != drained.Id))
            .Select(drained => $"{drained.Name} is drained; 'farm worker resume' lets it back in."))
        .With(farm.Problem);

    public static TextTable Events(FarmEventList list) => list.Events.Count == 0
        ? TextTable.Line("No events.")
        : new TextTable(
            [], list.Events.Select(each => (IReadOnlyList<string>)[TimeText.Of(each.At), KindOf(each), each.Text]).ToList(), []);

    public static TextTable Event(FarmEventView each) =>
        TextTable.Line($"{TimeText.Of(each.At)}  {KindOf(each).PadRight(KindWidth)}  {each.Text}");

    public static TextTable Diagnosis(FarmDiagnosis farm) => TextTable.Of(
            farm.Checks,
            ("check", check => check.Check),
            ("result", check => check.Outcome.ToString().ToLowerInvariant()),
            ("finding", check => check.Finding))
        .With(farm.Checks.Where(check => check.Remedy is not null).Select(check => $"{check.Check}: {check.Remedy}"))
        .With(farm.Usable ? "The farm can render." : "The farm can't render everything.");

    public static TextTable Token(JoinTokenCreated created) => TextTable.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"Paste one of these lines on the new Mac before {created.ExpiresAt.ToLocalTime():yyyy-MM-dd HH:mm}, in the repository's ")
            + "folder; correct --model if its model is elsewhere, or use --fetch-models instead to get it from other workers.")
        .With(
            "To install the worker as a service, which starts with the Mac and after crashes:",
            $"deploy/install-worker.sh --join {created.Join} --token {created.Token} --model ~/models/ltx-2",
            "To run the worker in the terminal, until Ctrl-C:",
            $"./mlx-video worker --join {created.Join} --token {created.Token} --data ~/farm-worker --model ~/models/ltx-2");

    private static string KindOf(FarmEventView each) => JsonNamingPolicy.SnakeCaseLower.ConvertName(each.Kind.ToString());
}
