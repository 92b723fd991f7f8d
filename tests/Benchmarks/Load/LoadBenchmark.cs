using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Benchmarks.Load;

/// <summary>
/// A farm under load: one large batch, many workers, and a coordinator that is killed and restarted in the middle. Everything is real
/// except the engines, which are timers.
/// </summary>
internal sealed class LoadBenchmark(LoadOptions options, Action<string> progress)
{
    private const double Megabyte = 1e6;

    /// <summary>The coordinator is killed when this share of the rows is finished, or after <see cref="LongestFirstPart"/>.</summary>
    private const double ShareBeforeKill = 0.05;

    private static readonly TimeSpan LongestFirstPart = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan PauseBeforeRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);

    /// <summary>Runs the benchmark.</summary>
    public async Task<LoadReport> RunAsync()
    {
        progress($"{options.Workers} workers join, in {options.Processes} processes");
        await using var farm = await LoadFarm.StartAsync(options.Workers, options.Processes);
        await using var first = ResidentMemory.Watch(farm.CoordinatorProcess);
        progress($"submission of {options.Rows} rows");
        var batch = BatchOf(options.Rows);
        var (id, acknowledged, retries) = await SubmitAsync(farm, batch);
        progress("work before the kill of the coordinator");
        var before = await WorkAsync(farm, id, LongestFirstPart, (int)(options.Rows * ShareBeforeKill), doneEarlier: 0);
        var finishedBefore = await FinishedAsync(farm, id);

        progress("restart of the coordinator");
        await farm.KillCoordinatorAsync();
        var restart = Stopwatch.GetTimestamp();
        await farm.RestartCoordinatorAsync();
        await using var second = ResidentMemory.Watch(farm.CoordinatorProcess);
        var ready = Stopwatch.GetElapsedTime(restart);
        var isKnown = await TryAsync(() => farm.Client.GetBatchAsync(id, null, CancellationToken.None)) is not null;
        var serving = Stopwatch.GetElapsedTime(restart);
        var haveWorkers = await farm.UntilWorkersAsync(options.Workers) is not null;
        var workers = Stopwatch.GetElapsedTime(restart);
        progress("work after the restart");
        var after = isKnown
            ? await WorkAsync(farm, id, TimeSpan.FromMinutes(options.Minutes), options.Rows, before.StageResults)
            : new Throughput(0, 0);
        var view = isKnown ? await TryAsync(() => farm.Client.GetBatchAsync(id, null, CancellationToken.None)) : null;
        return new LoadReport(
            options.Rows, options.Workers, options.Processes,
            JsonSerializer.SerializeToUtf8Bytes(batch, FarmJson.Options).Length / Megabyte,
            acknowledged.TotalSeconds, retries, before, ready.TotalSeconds, isKnown ? serving.TotalSeconds : null,
            haveWorkers ? workers.TotalSeconds : null, after, Math.Max(first.PeakBytes, second.PeakBytes) / Megabyte,
            view?.Clips.Count(clip => clip.State == ClipState.Finished) ?? 0, Lost(view, finishedBefore));
    }

    /// <summary>The smallest clips with different prompts: no stage of one is reused for another.</summary>
    private static SubmitBatch BatchOf(int rows) => new(
        "load",
        Enumerable.Range(1, rows).Select(row => new SubmittedClip(
            row, string.Create(CultureInfo.InvariantCulture, $"{row}.mp4"), new ClipConstraints(), new RenderSettings
            {
                Prompt = string.Create(CultureInfo.InvariantCulture, $"a kite over hill number {row}"),
                Width = RenderSettingsRules.MinSize,
                Height = RenderSettingsRules.MinSize,
                NumFrames = 9,
                Seed = row,
                Audio = false,
            })).ToList());

    private static async Task<(string Id, TimeSpan Time, int Retries)> SubmitAsync(LoadFarm farm, SubmitBatch batch)
    {
        var (began, retries) = (Stopwatch.GetTimestamp(), 0);
        var created = await FarmRetry.WithPatience(
                ex => ex is FarmApiException { IsTransient: true }, PauseBeforeRetry, Patience, TimeProvider.System, _ => retries++)
            .ExecuteAsync(async token => await farm.Client.SubmitAsync(batch, token));
        return (created.Id, Stopwatch.GetElapsedTime(began), retries);
    }

    /// <summary>Waits until enough rows are finished or the time is over.</summary>
    /// <param name="doneEarlier">Stages that were done at the start of an earlier part.</param>
    private static async Task<Throughput> WorkAsync(LoadFarm farm, string id, TimeSpan limit, int rows, int doneEarlier)
    {
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < limit)
        {
            var list = await TryAsync(() => farm.Client.GetBatchesAsync(CancellationToken.None));
            if (list?.FirstOrDefault(batch => batch.Id == id) is { } batch
                && (batch.Clips.Finished >= rows || batch.State == BatchState.Ended))
                break;
            await Task.Delay(Glance);
        }

        var elapsed = Stopwatch.GetElapsedTime(began);
        var view = await farm.Client.GetBatchAsync(id, null, CancellationToken.None);
        return new Throughput(
            view.Clips.SelectMany(clip => clip.Stages).Count(stage => stage.State == StageState.Done) - doneEarlier, elapsed.TotalSeconds);
    }

    private static async Task<IReadOnlySet<int>> FinishedAsync(LoadFarm farm, string id) =>
        (await farm.Client.GetBatchAsync(id, null, CancellationToken.None)).Clips.Where(clip => clip.State == ClipState.Finished)
            .Select(clip => clip.Row).ToHashSet();

    private int Lost(BatchView? view, IReadOnlySet<int> finishedBefore)
    {
        if (view is null)
            return options.Rows;
        var failed = view.Clips.Count(clip => clip.State is ClipState.Failed or ClipState.Cancelled);
        var undone = view.Clips.Count(clip => finishedBefore.Contains(clip.Row) && clip.State is ClipState.Waiting or ClipState.Rendering);
        return options.Rows - view.Clips.Count + failed + undone;
    }

    /// <summary>Repeats a request while the coordinator is busy.</summary>
    /// <returns>Null when the coordinator refuses the request, for example because it does not know the batch.</returns>
    private static async Task<T?> TryAsync<T>(Func<Task<T>> request)
        where T : class
    {
        try
        {
            return await FarmRetry.WithPatience(
                    ex => ex is FarmApiException { IsTransient: true }, TimeSpan.FromMilliseconds(50), Patience, TimeProvider.System)
                .ExecuteAsync(async _ => await request());
        }
        catch (FarmApiException ex) when (!ex.IsTransient)
        {
            return null;
        }
    }
}
