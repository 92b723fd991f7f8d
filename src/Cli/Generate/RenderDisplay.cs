using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Display;
using MlxVideo.Shared.Stages;
using Spectre.Console;

namespace MlxVideo.Cli.Generate;

/// <summary>Shows the progress of a clip as a bar on a terminal, otherwise as plain lines.</summary>
public static class RenderDisplay
{
    /// <summary>Runs <paramref name="render"/> and shows the progress reported to its argument.</summary>
    public static void Show(Action<Action<RenderProgress>> render)
    {
        if (AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected)
            ShowBar(render);
        else
            render(WriteLine);
    }

    private static void ShowBar(Action<Action<RenderProgress>> render) =>
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new ElapsedTimeColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var bar = context.AddTask("starting");
                render(progress =>
                {
                    bar.MaxValue = progress.Count;
                    bar.Value = progress.Index + (double)progress.Progress.Done / progress.Progress.Total;
                    bar.Description = Markup.Escape(Describe(progress));
                });
            });

    /// <summary>Writes a line for each started stage and each completed step.</summary>
    private static void WriteLine(RenderProgress progress) => Console.WriteLine(Describe(progress));

    internal static string Describe(RenderProgress progress)
    {
        var steps = progress.Progress.Done == 0
            ? ""
            : $", {StageKinds.Of(progress.Stage).ProgressUnit} {progress.Progress.Done} of {progress.Progress.Total}";
        var memory = progress.Progress.Memory is { } use ? $" ({Readable.Gibibytes(use.DriverBytes)} of device memory)" : "";
        return $"[{progress.Index + 1}/{progress.Count}] {progress.Stage.Id}{steps}{memory}";
    }
}
