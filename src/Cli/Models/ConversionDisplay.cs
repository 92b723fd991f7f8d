using Spectre.Console;

namespace MlxVideo.Cli.Models;

/// <summary>Shows the progress of a conversion as a bar on a terminal; otherwise nothing, because its result is one line.</summary>
internal static class ConversionDisplay
{
    /// <summary>Runs <paramref name="convert"/> and shows the progress reported to its argument.</summary>
    public static void Show(Action<Action<int, int>?> convert)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive || Console.IsOutputRedirected)
        {
            convert(null);
            return;
        }

        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var bar = context.AddTask("weights");
                convert((done, total) =>
                {
                    bar.MaxValue = total;
                    bar.Value = done;
                });
            });
    }
}
