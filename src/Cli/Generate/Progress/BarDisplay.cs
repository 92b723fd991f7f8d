using MlxVideo.Shared.Stages;
using Spectre.Console;

namespace MlxVideo.Cli.Generate.Progress;

/// <summary>A bar for each phase of the clip (<see cref="RenderPhases.Title"/>), with the pace of its running stage.</summary>
internal sealed class BarDisplay : IRenderObserver
{
    private readonly RenderPhases _phases;
    private readonly Dictionary<string, ProgressTask> _bars;
    private readonly Dictionary<string, int> _ended = [];

    /// <summary>Adds the bars, in the order of the phases.</summary>
    public BarDisplay(ProgressContext context, RenderPhases phases)
    {
        _phases = phases;
        _bars = phases.Titles.ToDictionary(
            title => title.Text,
            title => context.AddTask(Markup.Escape(title.Text), autoStart: false, maxValue: title.Stages));
    }

    /// <summary>Columns of the bars.</summary>
    public static ProgressColumn[] Columns =>
    [
        new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(),
    ];

    /// <inheritdoc/>
    public void OnStep(RenderStep step)
    {
        var (title, bar) = BarOf(step.Progress.Stage);
        if (!bar.IsStarted)
            bar.StartTask();
        bar.Value = _ended.GetValueOrDefault(title) + (double)step.Done / step.Total;
        bar.Description = Markup.Escape($"{title}{StepText.Pace(step, ": ")}");
    }

    /// <inheritdoc/>
    public void OnStageEnded(Stage stage, TimeSpan duration)
    {
        var (title, bar) = BarOf(stage);
        bar.Value = _ended[title] = _ended.GetValueOrDefault(title) + 1;
        if (bar.Value < bar.MaxValue)
            return;
        bar.Description = Markup.Escape(title);
        bar.StopTask();
    }

    private (string Title, ProgressTask Bar) BarOf(Stage stage) => (_phases.Title(stage), _bars[_phases.Title(stage)]);
}
