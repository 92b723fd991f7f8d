using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Bounds;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;
using MlxVideo.Simulation.Running;
using MlxVideo.Simulation.Tests.Cases;
using MlxVideo.Simulation.Workloads;

namespace MlxVideo.Simulation.Tests.Bounds;

/// <summary>Bounds computed by hand, with stages of one second each.</summary>
public sealed class LowerBoundTests
{
    private const double Mux = 0.2;
    private const int DiskGb = 5;

    // Prompt, two denoise stages, upsampling, audio, one video tile.
    private const int Stages = 6;

    // In GB: text encoder 13, transformer 20, upsampler 1, video decoder 1.1, audio decoder 0.4.
    private const double Loads = (13 + 20 + 1 + 1.1 + 0.4) / DiskGb;
    private const double EncoderLoad = 13.0 / DiskGb;

    private static readonly TrueTimes OneSecondEach = new(new OneSecond());

    [Fact]
    public void One_clip_on_one_Mac_takes_its_stages_loads_and_mux() =>
        Assert.Equal(Stages + Loads + Mux, Bound(macs: 1, clips: 1), 6);

    [Fact]
    public void Several_clips_on_one_Mac_load_each_component_once() =>
        Assert.Equal((3 * Stages) + Loads + Mux, Bound(macs: 1, clips: 3), 6);

    [Fact]
    public void One_clip_on_many_Macs_takes_the_text_encoder_load_and_its_longest_chain() =>
        Assert.Equal(5 + EncoderLoad + Mux, Bound(macs: 8, clips: 1), 6);

    [Fact]
    public void Equal_prompts_are_encoded_once()
    {
        var clips = Enumerable.Range(1, 3).Select(row => Clips.Small(row) with { Prompt = "same" }).ToArray();

        Assert.Equal((3 * Stages) - 2 + Loads + Mux, LowerBound.Of(Macs(1), Clips.Batch(clips), OneSecondEach, []), 6);
    }

    [Fact]
    public void Late_Mac_contributes_only_after_it_joins()
    {
        var alone = Bound(macs: 1, clips: 20);

        Assert.Equal(alone, LowerBound.Of(Macs(2), Batch(20), OneSecondEach, [new MacJoins(1, 10_000)]), 6);
        Assert.True(LowerBound.Of(Macs(2), Batch(20), OneSecondEach, [new MacJoins(1, 20)]) < alone);
        Assert.True(LowerBound.Of(Macs(2), Batch(20), OneSecondEach, [new MacJoins(1, 20)]) > Bound(macs: 2, clips: 20));
    }

    [Fact]
    public void Mac_that_dies_immediately_contributes_nothing() =>
        Assert.Equal(Bound(macs: 1, clips: 20), LowerBound.Of(Macs(2), Batch(20), OneSecondEach, [new MacDies(1, 0.1)]), 1);

    [Fact]
    public void Farm_too_large_for_exact_loads_still_has_a_bound()
    {
        var macs = Macs(12);
        var bound = LowerBound.Of(macs, Batch(40), OneSecondEach, []);

        Assert.InRange(bound, 40 * Stages / 12.0, FarmSimulation.Run(new Scheduler(), macs, Batch(40), OneSecondEach, []).Makespan);
    }

    private static double Bound(int macs, int clips) => LowerBound.Of(Macs(macs), Batch(clips), OneSecondEach, []);

    private static BatchRequest Batch(int clips) => Clips.Batch(clips);

    private static List<SimulatedMac> Macs(int count) =>
        Enumerable.Range(1, count).Select(place => new SimulatedMac($"mac-{place}", 128, 10, DiskGb, 10)).ToList();

    private sealed class OneSecond : IMeasuredTimes
    {
        public double MuxSeconds => Mux;

        public double Seconds(SimulatedMac mac, StageWork work) => 1;

        public double? LoadSeconds(SimulatedMac mac, ModelComponent component) => null;
    }
}
