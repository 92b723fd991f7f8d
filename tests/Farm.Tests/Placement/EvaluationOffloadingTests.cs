using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;
using MlxVideo.Simulation.Running;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Farm.Tests.Placement;

/// <summary>Placement of offloaded evaluations of guided steps.</summary>
public sealed class EvaluationOffloadingTests
{
    private const int Steps = 40;
    private static readonly ModelComponent[] All = Enum.GetValues<ModelComponent>();
    private static readonly RenderSettings Guided = Clips.Small(1) with { Pipeline = PipelineKind.OneStage };

    [Fact]
    public void Equally_fast_free_worker_gets_half_of_the_evaluations()
    {
        var (farm, attempt) = Denoising(owner => owner.WithMac("free", loaded: All));

        Assert.Equal([new OffloadAssignment(attempt, "free", 2)], farm.Decide().Offload);
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(30, 3)]
    public void Evaluations_are_split_by_speed(double teraflops, int evaluations)
    {
        var (farm, attempt) = Denoising(owner => owner.WithMac("free", teraflops: teraflops, loaded: All));

        Assert.Equal([new OffloadAssignment(attempt, "free", evaluations)], farm.Decide().Offload);
    }

    [Fact]
    public void No_helper_is_assigned_without_a_gain()
    {
        Assert.Empty(OffloadOf(farm => farm.WithMac("slow", teraflops: 1, loaded: All)));
        Assert.Empty(OffloadOf(farm => farm.WithMac("far", linkGbit: 0.002, loaded: All)));
        Assert.Empty(
            OffloadOf(farm =>
                farm.WithMac("other", loaded: All, but: capabilities =>
                    capabilities with { Arithmetic = "arm64 mps bfloat16 metal-safe 2" })));
        Assert.Empty(OffloadOf(farm => farm.WithMac("small", memoryGb: 16, loaded: [])));
        Assert.Empty(OffloadOf(farm => farm.WithMac("free", loaded: All), steps: Steps - 1));
    }

    [Fact]
    public void Hours_speculative_attempts_and_memory_limits_rule_out_an_offload()
    {
        AllowedHours soonOver = new(0, (12 * 60) + 1, 0);
        Assert.Empty(OffloadOf(farm => farm.WithMac("free", loaded: All, but: capabilities => capabilities with { Hours = soonOver })));

        var (stalled, attempt) = Denoising(farm => farm.WithMac("free", loaded: All).WithMac("also-free", loaded: All));
        stalled.Wait(3600);
        var decision = stalled.Decide();
        Assert.Equal(attempt.Stage, Assert.Single(decision.Assign).Stage); // the speculative attempt
        Assert.Empty(decision.Offload);

        // A helper that ran out of memory where the clip just fits is not used for other attempts of that size.
        var (memory, owner) = Denoising(farm => farm.WithMac("free", loaded: All, but: JustFits));
        memory.FailOffload(memory.Offload(new OffloadAssignment(owner, "free", 2)), FailureKind.OutOfMemory);
        Assert.NotEmpty(memory.View.Profiles.Workers["free"].TooLarge);
    }

    [Fact]
    public void Steps_with_a_single_evaluation_are_not_offloaded()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(1)).WithMac("owner", loaded: All).RunStage("owner", 1, "encode-prompt");
        farm.Progress(farm.Assign("owner", 1, "denoise-1"), 0, 8);
        farm.WithMac("free", loaded: All);

        Assert.Empty(farm.Decide().Offload);
    }

    [Fact]
    public void Attempt_has_at_most_one_helper_and_a_failed_helper_is_not_chosen_again()
    {
        var (farm, attempt) = Denoising(owner => owner.WithMac("free", loaded: All).WithMac("also-free", loaded: All));
        var choice = Assert.Single(farm.Decide().Offload);
        var offload = farm.Offload(choice);
        Assert.Empty(farm.Decide().Offload);

        farm.FailOffload(offload);
        var other = Assert.Single(farm.Decide().Offload);
        Assert.NotEqual(choice.Worker, other.Worker);
        farm.FailOffload(farm.Offload(other));
        Assert.Empty(farm.Decide().Offload);
    }

    [Fact]
    public void Helper_counts_as_free_for_any_stage()
    {
        var (farm, attempt) = Denoising(owner => owner.WithMac("free", loaded: All));
        farm.Offload(new OffloadAssignment(attempt, "free", 2));
        farm.WithBatch(Clips.Batch("later", 2, null, Clips.Small(2)));

        Assert.Equal("free", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void Loading_helper_is_busy_until_it_has_loaded_or_failed()
    {
        var (farm, attempt) = Denoising(owner => owner.WithMac("free"));
        var offload = farm.Offload(new OffloadAssignment(attempt, "free", 2));
        var load = FreeIn(farm, "free");
        var transformer = farm.State.Workers["free"].Capabilities.LoadedBytesOf(ModelComponent.Transformer);
        Assert.Equal(transformer / farm.State.Workers["free"].Capabilities.DiskBytesPerSecond, load, 3);
        farm.Wait(load / 2);
        Assert.Equal(load / 2, FreeIn(farm, "free"), 3);
        farm.FailOffload(offload);
        Assert.Equal(0, FreeIn(farm, "free"));
    }

    [Fact]
    public void Steps_that_reuse_a_prediction_do_not_affect_learned_speeds()
    {
        var sampling = GuidedSampling.Official;
        var skipping = Guided with { Guided = sampling with { Video = sampling.Video with { SkipStep = 1 } } };
        var farm = new ManualFarm().WithBatch(Clips.Batch(skipping)).WithMac("owner", loaded: All).RunStage("owner", 1, "encode-prompt")
            .RunStage("owner", 1, "encode-prompt-negative");
        var attempt = farm.Assign("owner", 1, "denoise-1");
        farm.Progress(attempt, 0, Steps);
        var speeds = farm.View.Profiles.Speeds;
        farm.Wait(0.001);
        farm.Progress(attempt, 1, Steps);
        Assert.Same(speeds, farm.View.Profiles.Speeds);
    }

    [Fact]
    public void Offloaded_steps_shorten_the_remaining_time_and_do_not_affect_learned_speeds()
    {
        var (farm, attempt) = Denoising(owner => owner.WithMac("free", loaded: All));
        farm.Wait(30);
        farm.Progress(attempt, 1, Steps);
        var alone = FreeIn(farm, "owner");
        farm.Ready(farm.Offload(new OffloadAssignment(attempt, "free", 2)));
        Assert.InRange(FreeIn(farm, "owner"), 0.45 * alone, 0.6 * alone);

        var speeds = farm.View.Profiles.Speeds;
        farm.Wait(1);
        farm.Progress(attempt, 2, Steps);
        farm.Wait(1);
        farm.Progress(attempt, 3, Steps);
        Assert.Same(speeds, farm.View.Profiles.Speeds);
        farm.FailOffload(farm.State.Workers["free"].Offload!);
        farm.Progress(attempt, 4, Steps);
        Assert.Same(speeds, farm.View.Profiles.Speeds);
        farm.Wait(30);
        farm.Progress(attempt, 5, Steps);
        Assert.NotSame(speeds, farm.View.Profiles.Speeds);
    }

    [Fact]
    public void Single_clip_finishes_earlier_with_a_helper_and_a_dead_helper_costs_little()
    {
        SimulatedMac[] macs = [new("one", 64, 15, 5, 10), new("two", 64, 12, 5, 10)];
        var alone = Render(new SchedulingOptions { OffloadGain = 1 });
        var helped = Render(new SchedulingOptions());
        var lost = Render(new SchedulingOptions(), new MacDies(1, 100));

        Assert.InRange(helped, 0.5 * alone, 0.75 * alone);
        Assert.InRange(lost, helped, 1.02 * alone);

        double Render(SchedulingOptions options, params InjectedFault[] faults)
        {
            var result =
                FarmSimulation.Run(new Scheduler(options), macs, Clips.Batch(Guided with { Width = 768, Height = 512, NumFrames = 121 }),
                    new TrueTimes(1), faults);
            Assert.Equal(0, result.Failed);
            return result.Makespan;
        }
    }

    /// <summary>A Mac that streams its weights, with just enough memory for the guided clip.</summary>
    private static WorkerCapabilities JustFits(WorkerCapabilities capabilities) => capabilities with
    {
        Components = capabilities.Components.Select(component => component with { MinBytes = 1_000_000 }).ToList(),
        MemoryBytes = 250_000_000,
    };

    private static double FreeIn(ManualFarm farm, string worker)
    {
        var estimator = new Estimator(farm.View, new SchedulingOptions(), farm.Now);
        return FarmSlots.Of(farm.View, estimator, farm.Now).Single(slot => slot.Worker.Id == worker).FreeIn;
    }

    private static IReadOnlyList<OffloadAssignment> OffloadOf(Action<ManualFarm> join, int steps = 0) =>
        Denoising(join, steps).Farm.Decide().Offload;

    /// <summary>Starts denoising a guided clip on a Mac, then lets other Macs join.</summary>
    private static (ManualFarm Farm, AttemptAddress Attempt) Denoising(Action<ManualFarm> join, int steps = 0)
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(Guided)).WithMac("owner", loaded: All).RunStage("owner", 1, "encode-prompt")
            .RunStage("owner", 1, "encode-prompt-negative");
        var attempt = farm.Assign("owner", 1, "denoise-1");
        farm.Progress(attempt, steps, Steps);
        join(farm);
        return (farm, attempt);
    }
}
