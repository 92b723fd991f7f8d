using MlxVideo.Shared.Api;
using Spectre.Console;

namespace MlxVideo.Cli.Farm.Progress;

/// <summary>Shows a running batch: a live table on a terminal, lines elsewhere.</summary>
internal static class BatchProgress
{
    /// <summary>Follows a batch until it has ended and returns its last view.</summary>
    /// <param name="client">The coordinator.</param>
    /// <param name="batchId">The batch.</param>
    /// <param name="onView">Called with every view, the last one too.</param>
    /// <param name="cancellation">Ends the watching, not the batch.</param>
    public static async Task<BatchView> Follow(FarmClient client, string batchId, Func<BatchView, Task> onView, CancellationToken cancellation)
    {
        if (AnsiConsole.Profile.Out.IsTerminal)
            return await AnsiConsole.Live(new Text("")).AutoClear(true).StartAsync(context => Loop(view => context.UpdateTarget(ClipTable.Of(view, Console.WindowHeight))));
        var lines = new ProgressLines(Console.Out);
        return await Loop(lines.Show);

        async Task<BatchView> Loop(Action<BatchView> show)
        {
            long? seen = null;
            while (true)
            {
                var view = await client.Batch(batchId, seen, cancellation);
                seen = view.Version;
                show(view);
                await onView(view);
                if (view.State == BatchState.Ended)
                    return view;
            }
        }
    }
}
