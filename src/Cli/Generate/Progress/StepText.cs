using MlxVideo.Shared.Display;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Generate.Progress;

/// <summary>Descriptions of a clip's progress.</summary>
internal static class StepText
{
    /// <summary>Describes the clip's position in its plan and the stage's pace, for a line of its own.</summary>
    public static string Line(RenderStep step)
    {
        var memory = step.Progress.Progress.Memory is { } use ? $" ({Readable.Gibibytes(use.DriverBytes)} of device memory)" : "";
        return $"[{step.Progress.Index + 1}/{step.Progress.Count}] {step.Progress.Stage.Id}{Pace(step, ", ")}{memory}";
    }

    /// <summary>Describes the stage's pace: <c>step 3 of 8, 1.2 s per step, 6.0 s left</c>; empty before the first progress unit.</summary>
    public static string Pace(RenderStep step, string prefix = "")
    {
        if (step.TimePerUnit is not { } timePerUnit || step.Remaining is not { } remaining)
            return "";
        var unit = StageKinds.Of(step.Progress.Stage).ProgressUnit;
        var left = step.Done < step.Total ? $", {Readable.Duration(remaining.TotalSeconds)} left" : "";
        return $"{prefix}{unit} {step.Done} of {step.Total}, {Readable.Duration(timePerUnit.TotalSeconds)} per {unit}{left}";
    }
}
