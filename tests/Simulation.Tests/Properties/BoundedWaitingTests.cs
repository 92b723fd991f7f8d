using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Running;
using MlxVideo.Simulation.Tests.Cases;
using MlxVideo.Simulation.Tests.Checks;
using MlxVideo.Simulation.Workloads;

namespace MlxVideo.Simulation.Tests.Properties;

/// <summary>A clip of a low class is eventually served under a continuous load of a higher class.</summary>
public sealed class BoundedWaitingTests
{
    private const int LowRow = 1;
    private const int BatchEverySeconds = 60;
    private const int Batches = 60;
    private const int FirstHighRow = 100;
    private const int RowsOfBatch = 4;
    private static readonly SimulatedMac Mac = new("mac", 128, 5, 5, 10);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Waiting_clip_rises_one_class_per_aging_interval_and_precedes_later_clips(int classesBelow)
    {
        var risesAfter = TimeSpan.FromMinutes(10);

        var completions = Completions(classesBelow, risesAfter);

        // Once it has risen above their class, it precedes all clips that have not waited long enough to rise themselves.
        var before = completions.Where(clip => clip.Key != LowRow && clip.Value < completions[LowRow])
            .Select(clip => SubmittedAt(clip.Key)).ToList();
        Assert.InRange(before.Max(), (classesBelow - 1) * risesAfter.TotalSeconds, (classesBelow + 1) * risesAfter.TotalSeconds);
    }

    [Fact]
    public void Clip_that_never_rises_is_served_last()
    {
        var completions = Completions(1, TimeSpan.FromDays(365));

        Assert.Equal(LowRow, completions.MaxBy(clip => clip.Value).Key);
    }

    private static IReadOnlyDictionary<int, double> Completions(int classesBelow, TimeSpan risesAfter)
    {
        // More work than one Mac can do between two submissions.
        var submissions = Enumerable.Range(0, Batches)
            .Select(number => new Submission(number * BatchEverySeconds, High(number, classesBelow)))
            .Prepend(new Submission(0, Clips.Batch("low", LowRow, new ClipConstraints(0), Clips.Small(LowRow)))).ToList();
        return FarmSimulation.Run(new CheckedPolicy(new Scheduler(new SchedulingOptions { PriorityAgingInterval = risesAfter })), [Mac],
            submissions, new TrueTimes(1), []).Completions;
    }

    private static double SubmittedAt(int row) => (row - FirstHighRow) / RowsOfBatch * BatchEverySeconds;

    private static BatchRequest High(int number, int priority)
    {
        var firstRow = FirstHighRow + (number * RowsOfBatch);
        return Clips.Batch(
            $"high-{number}", firstRow, new ClipConstraints(priority),
            Enumerable.Range(firstRow, RowsOfBatch).Select(Clips.Small).ToArray());
    }
}
