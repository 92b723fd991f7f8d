using FsCheck;
using FsCheck.Xunit;
using MlxVideo.Cli.Chaos.Plan;

namespace MlxVideo.Cli.Tests.Chaos;

public sealed class FaultScheduleTests
{
    private static readonly FaultKind[] AllKinds = Enum.GetValues<FaultKind>();

    [Property]
    public void Equal_seeds_give_equal_schedules(int seed) => Assert.Equal(
        FaultSchedule.Create(seed, TimeSpan.FromMinutes(5), 3, AllKinds), FaultSchedule.Create(seed, TimeSpan.FromMinutes(5), 3, AllKinds));

    [Fact]
    public void Different_seeds_give_different_schedules() => Assert.NotEqual(
        FaultSchedule.Create(1, TimeSpan.FromMinutes(5), 3, AllKinds), FaultSchedule.Create(2, TimeSpan.FromMinutes(5), 3, AllKinds));

    [Property]
    public void Faults_are_ordered_and_end_within_the_duration(int seed, PositiveInt seconds, PositiveInt workers)
    {
        var duration = TimeSpan.FromSeconds(seconds.Get);
        var schedule = FaultSchedule.Create(seed, duration, workers.Get, AllKinds);
        Assert.Equal(schedule.OrderBy(fault => fault.At), schedule);
        Assert.All(schedule, fault =>
        {
            Assert.InRange(fault.At + fault.Duration, TimeSpan.Zero, duration);
            Assert.InRange(fault.Worker, 0, workers.Get - 1);
            Assert.InRange(fault.Choice, 0, int.MaxValue);
            Assert.InRange(fault.Duration, FaultRate.Of(fault.Kind).MinDuration, FaultRate.Of(fault.Kind).MaxDuration);
        });
    }

    [Property]
    public void Every_kind_occurs_within_a_minute(int seed) => Assert.Equal(
        AllKinds,
        FaultSchedule.Create(seed, TimeSpan.FromMinutes(1), 2, AllKinds).Select(fault => fault.Kind).Distinct().Order());

    [Property]
    public void Restriction_to_some_kinds_keeps_their_faults(int seed)
    {
        FaultKind[] kinds = [FaultKind.KillWorker, FaultKind.CorruptWorkerBlob];
        var duration = TimeSpan.FromMinutes(10);
        Assert.Equal(
            FaultSchedule.Create(seed, duration, 3, AllKinds).Where(fault => kinds.Contains(fault.Kind)),
            FaultSchedule.Create(seed, duration, 3, kinds));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Mean_interval_is_that_of_the_kind(FaultKind kind)
    {
        var duration = TimeSpan.FromDays(2);
        var expected = duration / FaultRate.Of(kind).MeanInterval;
        Assert.InRange(FaultSchedule.Create(1, duration, 3, [kind]).Count, 0.9 * expected, 1.1 * expected);
    }

    [Fact]
    public void Kinds_have_names_for_the_command_line() =>
        Assert.Equal(FaultKind.DropHttpConnections, FaultKinds.ByName["drop-http-connections"]);

    public static TheoryData<FaultKind> Kinds() => [.. AllKinds];
}
