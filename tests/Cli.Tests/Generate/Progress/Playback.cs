using MlxVideo.Cli.Generate.Progress;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Cli.Tests.Generate.Progress;

/// <summary>Plays the progress of a clip to observers: each progress unit takes a second, each stage one more before its first.</summary>
internal sealed class Playback : TimeProvider
{
    private long _seconds;

    public override long TimestampFrequency => 1;

    public override long GetTimestamp() => _seconds;

    /// <summary>Plays a clip with the numbers of progress units that its stages have.</summary>
    /// <param name="settings">Settings of the clip.</param>
    /// <param name="observe">Creates the observers of its plan.</param>
    public static void Play(RenderSettings settings, Func<StagePlan, IReadOnlyList<IRenderObserver>> observe)
    {
        var clock = new Playback();
        var plan = StagePlanner.Plan(settings);
        var watch = new RenderWatch(clock, observe(plan));
        for (var index = 0; index < plan.Stages.Count; index++)
        {
            var units = StageKinds.Of(plan.Stages[index]).Steps(plan.Stages[index]).Count;
            for (var done = 0; done <= units; done++)
            {
                watch.Report(new RenderProgress(plan.Stages[index], index, plan.Stages.Count, new StageProgress(done, units)));
                clock._seconds++;
            }
        }

        watch.Complete();
    }
}
