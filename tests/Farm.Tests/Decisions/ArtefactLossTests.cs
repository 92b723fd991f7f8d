using FsCheck.Xunit;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Tests.Decisions;

/// <summary>Artefacts that are missing or damaged in the coordinator's store.</summary>
public sealed class ArtefactLossTests
{
    private const string Context = "prompt.context";
    private static readonly StageAddress Encode = new("b1", 1, "encode-prompt");
    private static readonly StageAddress Denoise = Encode with { StageId = "denoise-1" };
    private static readonly StageAddress Upsample = Encode with { StageId = "upsample" };

    [Fact]
    public void Stage_that_produced_a_lost_artefact_runs_again_with_the_next_attempt_number()
    {
        var farm = FarmAfterEncoding();
        var denoise = farm.Assign(Denoise, "w1");

        var events = Lose(farm, denoise, Context);

        Assert.Contains(new FarmEvents.ArtefactLost("b1", 1, Context, farm.Now), events);
        Assert.Equal((StageState.Ready, StageState.Blocked), (farm.Status(Encode).State, farm.Status(Denoise).State));
        var again = farm.Assign(Encode, "w1");
        Assert.Equal(2, again.Number);
        farm.Complete("w1");
        Assert.Equal((StageState.Done, StageState.Ready), (farm.Status(Encode).State, farm.Status(Denoise).State));
    }

    [Fact]
    public void Nobody_is_charged_with_a_lost_artefact()
    {
        var farm = FarmAfterEncoding();
        Lose(farm, farm.Assign(Denoise, "w1"), Context);
        Assert.Empty(farm.Status(Denoise).FailedOn);
        Assert.Empty(farm.Status(Encode).FailedOn);
        Assert.Null(farm.State.Workers["w1"].Current);
    }

    [Fact]
    public void Remaining_work_includes_the_stage_that_runs_again()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings());
        var before = farm.State.Batches["b1"].Left[EncodePromptStage.KindId];
        farm.Assign(Encode, "w1");
        farm.Complete("w1");
        Assert.Equal(0, farm.State.Batches["b1"].Left[EncodePromptStage.KindId]);
        Lose(farm, farm.Assign(Denoise, "w1"), Context);
        Assert.Equal(before, farm.State.Batches["b1"].Left[EncodePromptStage.KindId]);
    }

    [Fact]
    public void Running_stage_that_has_a_lost_input_goes_on_and_its_retry_waits_for_the_input()
    {
        var farm = FarmAfterEncoding().WithWorker("w2");
        var first = farm.Assign(Denoise, "w1");
        var second = farm.Assign(Denoise, "w2", isSpeculative: true);

        Lose(farm, second, Context);

        Assert.Equal(StageState.Running, farm.Status(Denoise).State);
        farm.Farm.Fail(first, FailureKind.Machine, "crashed", farm.Now);
        Assert.Equal(StageState.Blocked, farm.Status(Denoise).State);
        farm.Assign(Encode, "w1");
        farm.Complete("w1");
        Assert.Equal(StageState.Ready, farm.Status(Denoise).State);
    }

    [Fact]
    public void Running_stage_that_has_a_lost_input_gets_no_speculative_attempt()
    {
        var farm = FarmAfterEncoding().WithWorker("w2");
        farm.Assign(Denoise, "w1");
        Lose(farm, farm.Assign(Denoise, "w2", isSpeculative: true), Context);

        var events = farm.Carry(Decision.Nothing with { Assign = [new Assignment(Denoise, "w2", IsSpeculative: true)] });

        Assert.Empty(events);
        Assert.Single(farm.Status(Denoise).Running);
    }

    [Fact]
    public void Other_output_of_the_stage_is_kept()
    {
        var farm = FarmAfterEncoding();
        farm.Assign(Denoise, "w1");
        farm.Complete("w1");
        var outputs = farm.Clip("b1", 1).Stage(Denoise.StageId).Outputs;
        Assert.Equal(2, outputs.Count); // video and audio
        Lose(farm, farm.Assign(Upsample, "w1"), outputs[0]);
        Assert.False(farm.Clip("b1", 1).Artefacts.ContainsKey(outputs[0]));
        Assert.True(farm.Clip("b1", 1).Artefacts.ContainsKey(outputs[1]));
        Assert.Equal((StageState.Ready, StageState.Blocked), (farm.Status(Denoise).State, farm.Status(Upsample).State));
    }

    [Fact]
    public void Lost_artefacts_of_successive_stages_are_computed_again_in_order()
    {
        var farm = FarmAfterEncoding();
        farm.Assign(Denoise, "w1");
        farm.Complete("w1");
        Lose(farm, farm.Assign(Upsample, "w1"), farm.Clip("b1", 1).Stage(Denoise.StageId).Outputs[0]);
        Lose(farm, farm.Assign(Denoise, "w1"), Context);
        Assert.Equal((StageState.Ready, StageState.Blocked), (farm.Status(Encode).State, farm.Status(Denoise).State));
    }

    [Fact]
    public void Artefact_shared_by_several_clips_is_lost_for_all_and_computed_once()
    {
        var settings = FarmScenario.Settings() with { Prompt = "the same" };
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", settings, settings with { Seed = 8 }).WithBatch("b2", settings);
        farm.Assign(Encode, "w1");
        farm.Complete("w1");

        var lost = Lose(farm, farm.Assign(Denoise, "w1"), Context).OfType<FarmEvents.ArtefactLost>();

        Assert.Equal([("b1", 1), ("b1", 2), ("b2", 1)], lost.Select(happened => (happened.Batch, happened.Row)));
        farm.Assign(Encode, "w1");
        farm.Complete("w1");
        Assert.All([Encode, Encode with { Row = 2 }, Encode with { Batch = "b2" }], stage =>
            Assert.Equal(StageState.Done, farm.Status(stage).State));
    }

    [Fact]
    public void Clip_that_no_longer_needs_the_artefact_does_not_compute_it_again()
    {
        var farm = FarmAfterEncoding();
        CompleteAll(farm);
        Assert.Equal(StageState.Ready, farm.Status(Assert.Single(farm.State.Local)).State);
        Assert.Empty(ArtefactDecisions.Lose(farm.State, Encode, Context, farm.Now));
    }

    [Fact]
    public void Artefact_lost_for_the_fourth_time_fails_its_clip()
    {
        var farm = FarmAfterEncoding();
        for (var loss = 1; loss <= ArtefactDecisions.MaxLosses; loss++)
        {
            Lose(farm, farm.Assign(Denoise, "w1"), Context);
            Assert.True(farm.Clip("b1", 1).IsOpen);
            farm.Assign(Encode, "w1");
            farm.Complete("w1");
        }

        Lose(farm, farm.Assign(Denoise, "w1"), Context);

        Assert.Equal(
            (ClipState.Failed, "'prompt.context' was lost from the coordinator's blob store 4 times: check the disk that holds it."),
            (farm.Clip("b1", 1).State, farm.Clip("b1", 1).Error));
        Assert.Equal(0, farm.State.Batches["b1"].Left.Values.Sum());
        Assert.Null(farm.State.Workers["w1"].Current);
    }

    [Fact]
    public void Lost_image_fails_its_row()
    {
        var image = FarmScenario.Blob("image");
        var settings = FarmScenario.Settings() with { Images = [new ImageConditioning(image)] };
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", settings, FarmScenario.Settings(2));
        var name = farm.Clip("b1", 1).Plan.ExternalInputs.Keys.Single();
        var condition = farm.Assign(Encode with { StageId = EncodeConditioningStage.KindId }, "w1");

        Lose(farm, condition, name);

        Assert.Equal(
            (ClipState.Failed, $"The coordinator's copy of '{name}' is missing or damaged: submit the row again."),
            (farm.Clip("b1", 1).State, farm.Clip("b1", 1).Error));
        Assert.True(farm.Clip("b1", 2).IsOpen);
    }

    [Fact]
    public void Lost_tile_blocks_muxing_until_it_is_decoded_again()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings() with { Audio = false });
        CompleteAll(farm);
        var mux = Assert.Single(farm.State.Local);
        farm.Farm.StartLocal(mux, "coordinator", farm.Now);
        var tile = farm.Clip("b1", 1).Stage(mux.StageId).Inputs[0];

        Lose(farm, new AttemptAddress(mux, 1), tile);

        Assert.Empty(farm.State.Local);
        Assert.Equal(StageState.Blocked, farm.Status(mux).State);
        CompleteAll(farm);
        Assert.Equal(mux, Assert.Single(farm.State.Local));
    }

    /// <summary>Whatever is lost and whenever, the scheduler finishes the batch, and the work left at its end is 0.</summary>
    [Property(MaxTest = 60)]
    public bool Batch_with_lost_artefacts_finishes(ushort[] choices)
    {
        var farm = new FarmScenario().WithWorker("w1").WithWorker("w2")
            .WithBatch("b1", FarmScenario.Settings() with { Prompt = "x" }, FarmScenario.Settings(2) with { Prompt = "x", Audio = false });
        var losses = new Queue<int>(choices.Select(choice => (int)choice));
        for (var round = 0; farm.State.Open.Count > 0; round++)
        {
            Assert.True(round < 500, "The batch does not end.");
            farm.Now += TimeSpan.FromSeconds(1);
            farm.Schedule();
            foreach (var worker in BusyWorkers(farm))
            {
                if (farm.State.Workers[worker].Current?.Address is { } attempt)
                    LoseOrComplete(farm, attempt, losses);
            }

            foreach (var mux in farm.State.Local)
            {
                farm.Farm.StartLocal(mux, "coordinator", farm.Now);
                var attempt = new AttemptAddress(mux, farm.Status(mux).Attempt);
                if (!LosesInput(farm, attempt, losses))
                    farm.Farm.Finish(farm.DoneReport(attempt), "md5", farm.Now);
            }

            CheckInputs(farm.State);
        }

        var batch = farm.State.Batches["b1"];
        return batch.Left.Values.All(left => Math.Abs(left) < 1e-6)
            && batch.Clips.Values.All(clip => clip.State == ClipState.Finished || clip.Losses.ContainsValue(ArtefactDecisions.MaxLosses));
    }

    private static void LoseOrComplete(FarmScenario farm, AttemptAddress attempt, Queue<int> losses)
    {
        if (!LosesInput(farm, attempt, losses))
            farm.Farm.Done(farm.DoneReport(attempt), farm.Now);
    }

    private static bool LosesInput(FarmScenario farm, AttemptAddress attempt, Queue<int> losses)
    {
        var inputs = farm.State.ClipOf(attempt.Stage)!.Stage(attempt.Stage.StageId).Inputs;
        if (inputs.Count == 0 || !losses.TryDequeue(out var choice) || choice % 2 == 0)
            return false;
        Lose(farm, attempt, inputs[choice / 2 % inputs.Count]);
        return true;
    }

    private static void CheckInputs(FarmState state)
    {
        foreach (var clip in state.Batches["b1"].Clips.Values.Where(clip => clip.IsOpen))
        {
            Assert.All(clip.Plan.Stages, stage =>
            {
                var isStartable = clip.Stages[stage.Id].State == StageState.Ready;
                Assert.True(!isStartable || clip.HasInputsOf(stage), $"{stage.Id} is ready without its inputs.");
                Assert.True(clip.Stages[stage.Id].State != StageState.Blocked || !clip.HasInputsOf(stage), $"{stage.Id} is forgotten.");
            });
        }
    }

    private static FarmScenario FarmAfterEncoding()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings());
        farm.Assign(Encode, "w1");
        farm.Complete("w1");
        return farm;
    }

    private static IReadOnlyList<IFarmEvent> Lose(FarmScenario farm, AttemptAddress attempt, string name) =>
        farm.Farm.LoseInputs(attempt, [name], $"'{name}' is damaged", farm.Now);

    private static void CompleteAll(FarmScenario farm)
    {
        while (farm.Schedule().Count > 0)
        {
            foreach (var worker in BusyWorkers(farm))
                farm.Complete(worker);
        }
    }

    private static List<string> BusyWorkers(FarmScenario farm) =>
        farm.State.Workers.Values.Where(worker => worker.Current is not null).Select(worker => worker.Id).ToList();
}
