using System.Collections.Immutable;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Farm;
using MlxVideo.Shared.Renders.Stages;

namespace MlxVideo.Shared.Scheduling;

/// <summary>Seconds per unit of work of each kind of task, learned from finished tasks; immutable.</summary>
public sealed record StageTimes(ImmutableDictionary<string, (double Seconds, double Units)> Totals)
{
    /// <summary>Nothing learned yet.</summary>
    public static StageTimes None { get; } = new(ImmutableDictionary<string, (double, double)>.Empty);

    /// <summary>Learns from one finished task.</summary>
    public StageTimes Learn(StageTask task, Clip clip)
    {
        if (clip.Stages[task.Id] is not { StartedAt: { } started, EndedAt: { } ended })
            return this;
        var kind = StageWork.KindOf(task);
        var (seconds, units) = Totals.GetValueOrDefault(kind);
        return new StageTimes(Totals.SetItem(kind, (seconds + (ended - started).TotalSeconds, units + StageWork.Units(task, clip.Settings))));
    }

    /// <summary>Seconds of work left in a clip if its tasks ran one after another; null while some kind was never seen.</summary>
    public double? Remaining(Clip clip, DateTimeOffset now)
    {
        double total = 0;
        foreach (var task in clip.Plan.Tasks)
        {
            var stage = clip.Stages[task.Id];
            if (stage.State == StageState.Done)
                continue;
            if (!Totals.TryGetValue(StageWork.KindOf(task), out var learned))
                return null;
            var expected = learned.Seconds / learned.Units * StageWork.Units(task, clip.Settings);
            var spent = stage.State == StageState.Running ? (now - stage.StartedAt!.Value).TotalSeconds : 0;
            total += Math.Max(0, expected - spent);
        }

        return total;
    }
}
