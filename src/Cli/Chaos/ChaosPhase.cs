using MlxVideo.Cli.Chaos.Batches;
using MlxVideo.Cli.Chaos.Injection;
using MlxVideo.Cli.Chaos.Plan;
using MlxVideo.Cli.Chaos.Processes;
using MlxVideo.Cli.Chaos.Verification;
using MlxVideo.Shared.Access;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;

namespace MlxVideo.Cli.Chaos;

/// <summary>One run of all batches on a farm of its own, with or without faults.</summary>
/// <param name="name">Name of the phase and of its folder.</param>
/// <param name="root">Folder of the run, with the CSVs in <see cref="CsvFolder"/>.</param>
/// <param name="say">Receives progress messages.</param>
internal sealed class ChaosPhase(
    string name, string root, ChaosOptions options, IReadOnlyList<PlannedBatch> batches, TimeProvider time, Action<string> say)
{
    /// <summary>Name of the folder of the CSVs.</summary>
    public const string CsvFolder = "csv";

    private static readonly TimeSpan SettlingLimit = TimeSpan.FromMinutes(2);

    /// <summary>Runs the phase.</summary>
    /// <param name="model">The model folder.</param>
    /// <param name="schedule">The faults; without any, all batches are submitted at the start.</param>
    /// <param name="limit">Time for the batches to end after the last fault.</param>
    public async Task<PhaseResult> RunAsync(
        string model, IReadOnlyList<Fault> schedule, TimeSpan limit, CancellationToken cancellationToken)
    {
        var outputs = Path.Combine(root, name, "output");
        var folder = Path.Combine(root, name, "farm");
        await using var farm = await ChaosFarm.StartAsync(folder, model, options.Workers, time, cancellationToken);
        using var http = FarmConnection.NewHttpClient();
        var client = new FarmClient(http, farm.Api);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var start = time.GetTimestamp();
        var temporary = Directory.CreateDirectory(Path.Combine(farm.Root, "client")).FullName;
        var submitter = new BatchClient(client, farm.ClientProxy.Address, temporary, time);
        var clients = batches.Select(batch => SubmitAsync(submitter, batch, outputs, schedule.Count > 0, giveUp.Token)).ToList();
        var log = await new FaultInjector(farm, time, fault => say(Line(fault))).RunAsync(schedule, start, cancellationToken);
        if (schedule.Count > 0)
            say($"All faults are over after {time.GetElapsedTime(start).TotalSeconds:0} s; waiting for the batches.");
        giveUp.CancelAfter(limit);
        var outcomes = await Task.WhenAll(clients);
        cancellationToken.ThrowIfCancellationRequested();
        var elapsed = time.GetElapsedTime(start);
        var settling = time.GetTimestamp();
        var problems = (await new Settling(farm, client, outputs, time).WaitAsync(SettlingLimit, cancellationToken)).ToList();
        var settled = time.GetElapsedTime(settling);
        problems.AddRange(batches.Zip(outcomes, DeliveryCheck.FindProblems).SelectMany(found => found));
        var (views, ofCoordinator) = await AskCoordinatorAsync(client, cancellationToken);
        problems.AddRange(ofCoordinator);
        return new PhaseResult(
            outcomes, Attempts.Of(views), elapsed, settled, log, farm.Daemons.Sum(daemon => daemon.Restarts),
            farm.Daemons.SelectMany(daemon => daemon.OwnExits).ToList(), problems);
    }

    private async Task<ClientOutcome> SubmitAsync(
        BatchClient submitter, PlannedBatch batch, string outputs, bool atItsTime, CancellationToken giveUp)
    {
        if (atItsTime)
            await Task.Delay(batch.SubmitAt, time, giveUp);
        var csv = Path.Combine(root, CsvFolder, $"{batch.Name}.csv");
        return await submitter.RunAsync(
            csv, $"chaos-{options.Seed}-{name}-{batch.Name}", Path.Combine(outputs, batch.Name), giveUp);
    }

    private async Task<(IReadOnlyList<BatchView> Views, IReadOnlyList<string> Problems)> AskCoordinatorAsync(
        FarmClient client, CancellationToken cancellationToken)
    {
        try
        {
            var list = await client.GetBatchesAsync(cancellationToken);
            var views = new List<BatchView>();
            foreach (var batch in list)
                views.Add(await client.GetBatchAsync(batch.Id, null, cancellationToken));
            return (views, DeliveryCheck.FindProblems(batches, list, views).ToList());
        }
        catch (FarmApiException ex)
        {
            return ([], [ex.Message]);
        }
    }

    private static string Line(FaultRecord fault)
    {
        var effect = fault.Injected ? fault.Detail : $"skipped: {fault.Detail}";
        return FormattableString.Invariant($"{fault.AtS,7:0.00} s  {FaultKinds.NameOf(fault.Kind),-24} {fault.Target,-12} {effect}");
    }
}

/// <summary>The result of a phase.</summary>
/// <param name="Clients">Outcomes in the order of the batches.</param>
/// <param name="Elapsed">Time from the start of the schedule to the last delivery.</param>
/// <param name="Settled">Time from then until the farm was idle and clean.</param>
internal sealed record PhaseResult(
    IReadOnlyList<ClientOutcome> Clients, Attempts Attempts, TimeSpan Elapsed, TimeSpan Settled, IReadOnlyList<FaultRecord> Log,
    int Restarts, IReadOnlyList<string> OwnExits, IReadOnlyList<string> Problems);
