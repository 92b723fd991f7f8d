using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Profiles;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Farm.Tests.Placement;

/// <summary>Effects of an out-of-memory failure on its own row and on other rows.</summary>
public sealed class MemoryLimitTests
{
    private const string Stage = "denoise-1";

    private static readonly ModelComponent[] All = Enum.GetValues<ModelComponent>();
    private static readonly RenderSettings Large = Clips.Small(1) with { Width = 1024, Height = 768, NumFrames = 121 };
    private static readonly RenderSettings Larger = Large with { NumFrames = 161, Seed = 2 };
    private static readonly RenderSettings Smaller = Large with { NumFrames = 9, Seed = 3 };

    [Fact]
    public void Size_that_ran_out_of_memory_goes_to_other_workers_first()
    {
        var farm = Ready(Larger, "tight", "tight-too");
        farm.Fail(farm.Assign("tight", 1, Stage), FailureKind.OutOfMemory);

        farm.Assign("tight-too", 2, Stage);
        Assert.DoesNotContain(farm.Decide().Assign, given =>
            given.Worker == "tight" && given.Stage.Row is 1 or 2 && given.Stage.StageId == Stage);
        Assert.Contains(farm.Decide().Assign, given => given.Worker == "tight" && given.Stage == new StageAddress("b1", 3, Stage));
    }

    [Fact]
    public void Only_worker_gets_the_size_again_and_other_rows_do_not_wait()
    {
        var farm = Ready(Larger, "tight");
        for (var failure = 0; failure < FarmDecisions.MaxFailures; failure++)
            farm.Fail(farm.Assign("tight", 1, Stage), FailureKind.OutOfMemory);

        Assert.StartsWith(Stage, farm.State.Batches["b1"].Clips[1].Error);
        Assert.Equal(3, Assert.Single(farm.Decide().Assign).Stage.Row);
        farm.Fail(farm.Assign("tight", 3, Stage), FailureKind.Input);
        Assert.Equal(2, Assert.Single(farm.Decide().Assign).Stage.Row);
    }

    [Fact]
    public void Memory_limit_expires()
    {
        var farm = Ready(Larger, "tight", "far");
        farm.Fail(farm.Assign("tight", 1, Stage), FailureKind.OutOfMemory);
        farm.Assign("far", 3, Stage);

        Assert.Empty(GivenTo(farm, "tight", row: 2));
        farm.Wait(MemoryLimit.Lifetime.TotalSeconds + 1);
        Assert.NotEmpty(GivenTo(farm, "tight", row: 2));
    }

    [Fact]
    public void Memory_limit_is_lifted_by_a_success_of_its_size_but_not_of_a_smaller_size()
    {
        var farm = Ready(Larger, "tight", "other");
        farm.Fail(farm.Assign("tight", 1, Stage), FailureKind.OutOfMemory);

        farm.RunStage("tight", 3, Stage);
        Assert.NotEmpty(farm.View.Profiles.Workers["tight"].TooLarge);
        farm.RunStage("tight", 2, Stage);
        Assert.Empty(farm.View.Profiles.Workers["tight"].TooLarge);
    }

    [Fact]
    public void Memory_limit_ends_with_the_workers_process()
    {
        var farm = Ready(Larger, "tight");
        farm.Fail(farm.Assign("tight", 1, Stage), FailureKind.OutOfMemory);
        farm.Rejoin("tight");

        Assert.Empty(farm.View.Profiles.Workers["tight"].TooLarge);
    }

    [Theory]
    [InlineData("encode-prompt")]
    [InlineData(Stage)]
    public void Out_of_memory_failure_despite_ample_memory_affects_only_its_row(string stageId)
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(2)).WithMac("roomy", loaded: All).WithMac("other", loaded: All);
        if (stageId == Stage)
        {
            farm.RunStage("roomy", 1, "encode-prompt");
            farm.RunStage("roomy", 2, "encode-prompt");
        }

        farm.Fail(farm.Assign("roomy", 1, stageId), FailureKind.OutOfMemory);

        Assert.Empty(farm.View.Profiles.Workers["roomy"].TooLarge);
        Assert.Equal(["roomy"], farm.State.StatusOf(new StageAddress("b1", 1, stageId))!.FailedOn);
        Assert.Contains(farm.Decide().Assign, given => given.Worker == "other" && given.Stage.Row == 1);
        Assert.Contains(farm.Decide().Assign, given => given.Worker == "roomy" && given.Stage.Row == 2);
    }

    [Fact]
    public void Smaller_failure_lowers_the_memory_limit_and_larger_failure_does_not_raise_it()
    {
        var farm = Ready(Larger, "tight");
        var sizes = farm.State.Batches["b1"].Clips.Values.Select(clip => clip.Work[Stage].ActivationElements).ToList();
        farm.Fail(farm.Assign("tight", 2, Stage), FailureKind.OutOfMemory);
        Assert.Equal(sizes[1], farm.View.Profiles.Workers["tight"].TooLarge["denoise"].Elements);
        farm.Fail(farm.Assign("tight", 1, Stage), FailureKind.OutOfMemory);
        farm.Fail(farm.Assign("tight", 2, Stage), FailureKind.OutOfMemory);
        Assert.Equal(sizes[0], farm.View.Profiles.Workers["tight"].TooLarge["denoise"].Elements);
    }

    [Fact]
    public void Audio_counts_toward_the_work_like_video()
    {
        var silent = Denoise(Clips.Small(1) with { Audio = false });
        Assert.Equal(silent.ActivationElements, Denoise(Clips.Small(1) with { Audio = false, Fps = 1 }).ActivationElements);

        var usual = Denoise(Clips.Small(1));
        Assert.InRange(usual.ActivationElements / silent.ActivationElements, 1, 1.1);
        Assert.InRange(usual.TeraOperations / silent.TeraOperations, 1, 1.1);

        // 33 frames in 330 s: 8250 audio tokens and 250 video tokens.
        var slow = Denoise(Clips.Small(1) with { Fps = 0.1 });
        Assert.True(slow.ActivationElements > 10 * silent.ActivationElements);
        Assert.True(slow.TeraOperations > 10 * silent.TeraOperations);
    }

    private static StageWork Denoise(RenderSettings settings) =>
        ClipWork.OfStage(StagePlanner.Plan(settings).Stages.OfType<DenoiseStage>().First(), settings);

    private static IEnumerable<string> GivenTo(ManualFarm farm, string worker, int row) =>
        farm.Decide().Assign.Where(given => given.Worker == worker && given.Stage.Row == row).Select(given => given.Stage.StageId);

    /// <summary>Three clips with encoded prompts, on Macs that the second and largest clip just fits into.</summary>
    private static ManualFarm Ready(RenderSettings largest, params string[] macs)
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(Large, largest, Smaller));
        foreach (var mac in macs)
        {
            farm.WithMac(mac, loaded: All, but: capabilities => capabilities with
            {
                Components = capabilities.Components.Select(
                    component => component with { Bytes = 1_000_000_000, MinBytes = 1_000_000_000 }).ToList(),
                MemoryBytes = (long)((1_000_000_000 + (Denoise(largest).ActivationElements * capabilities.BytesPerElement)) / 0.89),
            });
        }

        for (var row = 1; row <= 3; row++)
            farm.RunStage(macs[^1], row, "encode-prompt");
        return farm;
    }
}
