using MlxVideo.Farm;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Policies;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Farm.Tests.Profiles;

/// <summary>Worker profiles learned from reports.</summary>
public sealed class WorkerProfilesTests
{
    private const double SecondsEach = 8;
    private static readonly SimulatedMac Mac = new("one", 128, 10, 5, 10);

    private readonly FarmAggregate _farm = new(new FirstComeByStage());
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public WorkerProfilesTests() => Join("e1");

    [Fact]
    public void Learned_times_exclude_loading()
    {
        var attempt = Begin();
        _now += TimeSpan.FromSeconds(100); // loading
        Report(attempt, 0);
        _now += TimeSpan.FromSeconds(SecondsEach);
        Report(attempt, 1);

        var work = _farm.State.ClipOf(attempt.Stage)!.Work[attempt.Stage.StageId];
        Assert.Equal(SecondsEach, _farm.Profiles.Speeds.Seconds("one", "bfloat16", Mac.TeraflopsPerSecond, work), 3);
    }

    [Fact]
    public void Link_speed_is_learned_from_transferred_files()
    {
        var told = _farm.Profiles.Workers["one"].LinkBytesPerSecond;
        Assert.Equal(Mac.Capabilities.LinkBytesPerSecond, told);
        for (var file = 0; file < 20; file++)
            _farm.Record(new LinkSpeed("one", told / 10));
        Assert.InRange(_farm.Profiles.Workers["one"].LinkBytesPerSecond, told / 10, told / 9.9);

        var before = _farm.Profiles;
        _farm.Record(new LinkSpeed("nobody", 1));
        _farm.Record(new LinkSpeed("one", 0));
        _farm.Record(new LinkSpeed("one", double.NaN));
        Assert.Equal(before.Workers["one"], _farm.Profiles.Workers["one"]);
    }

    [Fact]
    public void Repeated_step_report_is_ignored()
    {
        var attempt = Begin();
        Report(attempt, 0);
        var before = _farm.Profiles;
        _now += TimeSpan.FromSeconds(SecondsEach);
        Report(attempt, 0);

        Assert.Same(before.Speeds, _farm.Profiles.Speeds);
    }

    [Fact]
    public void Reports_of_ended_attempts_are_ignored()
    {
        var attempt = Begin();
        Report(attempt, 0);
        _farm.Fail(attempt, FailureKind.Machine, "by hand", _now);
        var before = _farm.Profiles;
        _now += TimeSpan.FromSeconds(SecondsEach);

        Assert.False(_farm.Progress(new StepProgress(attempt, 1, 1), _now));
        Assert.Same(before, _farm.Profiles);
        Assert.Empty(before.Steps);
    }

    [Fact]
    public void Rejoined_worker_is_closer_to_its_usual_pace_and_has_no_resident_components()
    {
        for (var stage = 0; stage < 10; stage++)
            EncodeOne(SecondsEach);
        EncodeOne(SecondsEach * 4);
        var pace = _farm.Profiles.Speeds.PaceOf("one");
        Assert.True(pace > 1.5);
        _farm.Record(new WorkerResidency("one", [ModelComponent.TextEncoder], null, 0));

        Join("e2");

        Assert.Equal(Math.Sqrt(pace), _farm.Profiles.Speeds.PaceOf("one"), 9);
        Assert.Empty(_farm.Profiles.Workers["one"].Resident.Components);
    }

    [Fact]
    public void Disk_speed_is_learned_from_loads()
    {
        _farm.Record(new WorkerResidency("one", [ModelComponent.Transformer], ModelComponent.Transformer, 20)); // 20 GB

        Assert.Equal((5e9 + 1e9) / 2, _farm.Profiles.Workers["one"].DiskBytesPerSecond, 0);
    }

    private void Join(string epoch) =>
        _farm.Register(new RegisterWorker("one", epoch, "one", "mps", "model", Mac.Capabilities, "model", []), _now);

    private AttemptAddress Begin()
    {
        if (_farm.State.Batches.IsEmpty)
            _farm.Submit("b1", Clips.Batch(20), _now);
        _farm.Schedule(_now);
        return _farm.State.Workers["one"].Current!.Address;
    }

    private void Report(AttemptAddress attempt, int step) => _farm.Progress(new StepProgress(attempt, step, 1), _now);

    /// <summary>Encodes the first prompt and fails the attempt at its end: the next attempt is of the same stage again.</summary>
    private void EncodeOne(double seconds)
    {
        var attempt = Begin();
        Report(attempt, 0);
        _now += TimeSpan.FromSeconds(seconds);
        Report(attempt, 1);
        _farm.Fail(attempt, FailureKind.Preempted, "by hand", _now);
    }
}
