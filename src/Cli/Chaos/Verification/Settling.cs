using MlxVideo.Cli.Chaos.Processes;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;

namespace MlxVideo.Cli.Chaos.Verification;

/// <summary>Waits until a farm is idle and clean. Polls, because neither files nor foreign processes raise events.</summary>
/// <param name="outputs">Folder of the clients' output folders.</param>
internal sealed class Settling(ChaosFarm farm, FarmClient client, string outputs, TimeProvider time)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);

    /// <summary>Returns the problems that remain after the time limit; empty as soon as there are none.</summary>
    public async Task<IReadOnlyList<string>> WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var problems = await FindProblemsAsync(cancellationToken);
            if (problems.Count == 0 || time.GetElapsedTime(began) > limit)
                return problems;
            await Task.Delay(Glance, time, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<string>> FindProblemsAsync(CancellationToken cancellationToken)
    {
        var running = farm.Daemons.Select(daemon => daemon.ProcessId).OfType<int>();
        return
        [
            .. await ActivitiesAsync(cancellationToken),
            .. UnfinishedFiles(),
            .. Orphans.Of(ProcessTable.Read(), farm.Root, running)
                .Select(process => $"The orphan process {process.Id} remains: {process.Command}"),
        ];
    }

    private IReadOnlyList<string> UnfinishedFiles()
    {
        try
        {
            return farm.Daemons.Select(daemon => daemon.DataFolder).Append(outputs).SelectMany(Leftovers.In)
                .Select(file => $"The unfinished file {file} remains.").ToList();
        }
        catch (IOException ex)
        {
            return [$"The files of the farm are still changing: {ex.Message}"];
        }
    }

    private async Task<IReadOnlyList<string>> ActivitiesAsync(CancellationToken cancellationToken)
    {
        try
        {
            var status = await client.GetFarmAsync(cancellationToken);
            var present = status.Workers.Select(worker => worker.Name).ToHashSet();
            return
            [
                .. farm.Workers.Where(worker => !present.Contains(worker.Name)).Select(worker => $"{worker.Name} is not in the farm."),
                .. status.Workers.Where(worker => worker.Activity is not null)
                    .Select(worker => $"{worker.Name} is busy with {worker.Activity}."),
                .. status.Workers.Where(worker => worker.Problem is not null).Select(worker => $"{worker.Name}: {worker.Problem}"),
                .. status.Problem is { } problem ? [problem] : Array.Empty<string>(),
            ];
        }
        catch (FarmApiException ex)
        {
            return [ex.Message];
        }
    }
}
