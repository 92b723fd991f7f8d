using Spectre.Console;

namespace MlxVideo.Cli.Generate.Progress;

/// <summary>Shows the progress of a clip as bars on a terminal, otherwise as lines.</summary>
internal static class RenderDisplay
{
    /// <summary>Runs <paramref name="render"/> with the observer that shows the progress.</summary>
    /// <param name="alwaysLines">True when other lines appear meanwhile, which would break the bars.</param>
    public static void Show(RenderPhases phases, bool alwaysLines, Action<IRenderObserver> render)
    {
        if (alwaysLines || Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive)
            render(new LineDisplay(Console.Out));
        else
            AnsiConsole.Progress().Columns(BarDisplay.Columns).Start(context => render(new BarDisplay(context, phases)));
    }
}
