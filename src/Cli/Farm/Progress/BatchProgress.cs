using MlxVideo.Shared.Api;
using Spectre.Console;

namespace MlxVideo.Cli.Farm.Progress;

/// <summary>Shows a running batch as a live table on a terminal, otherwise as lines.</summary>
internal static class BatchProgress
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(250);

    /// <summary>Shows each view until the last.</summary>
    public static async Task ShowAsync(IAsyncEnumerable<BatchView> views)
    {
        if (AnsiConsole.Profile.Out.IsTerminal)
        {
            await AnsiConsole.Live(new Text("")).AutoClear(true).StartAsync(context => ShowTableAsync(views, context));
            return;
        }

        var lines = new ProgressLines(Console.Out);
        await foreach (var view in views)
            lines.Show(view);
    }

    /// <summary>Redraws at a fixed interval, which keeps clocks running between views.</summary>
    private static async Task ShowTableAsync(IAsyncEnumerable<BatchView> views, LiveDisplayContext context)
    {
        LatestView? latest = null;
        var following = FollowAsync();
        using var timer = new PeriodicTimer(Redraw);
        while (!following.IsCompleted)
        {
            if (latest is { } known)
                context.UpdateTarget(
                    ClipTable.Of(known.View, TimeProvider.System.GetElapsedTime(known.Since).TotalSeconds, AnsiConsole.Profile.Height));
            await timer.WaitForNextTickAsync();
        }

        await following;

        async Task FollowAsync()
        {
            await foreach (var view in views)
                latest = new LatestView(view, TimeProvider.System.GetTimestamp());
        }
    }

    private sealed record LatestView(BatchView View, long Since);
}
