using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Farm.Tests.Decisions;

/// <summary>Sharing of results between equal stages, and of the farm between batches by weight.</summary>
public sealed class FarmSharingTests
{
    private static readonly StageAddress Encode = new("b1", 1, "encode-prompt");

    [Fact]
    public void Equal_prompts_are_encoded_once()
    {
        var farm = new FarmScenario().WithBatch("b1", SamePrompt(1), SamePrompt(2)).WithBatch("b2", SamePrompt(3)).WithWorker("w1");
        farm.Assign(Encode, "w1");
        var shared = farm.Complete("w1").OfType<FarmEvents.ResultShared>().ToList();

        Assert.Equal([Encode with { Row = 2 }, Encode with { Batch = "b2" }], shared.Select(result => result.Stage));
        Assert.All(shared, result => Assert.Equal(Encode, result.From));
        Assert.All(shared, result => Assert.Equal(StageState.Done, farm.Status(result.Stage).State));
        Assert.Equal(farm.Clip("b1", 1).Artefacts["prompt.context"], farm.Clip("b2", 1).Artefacts["prompt.context"]);
        Assert.Equal("m", farm.State.Batches["b2"].Model);
        Assert.Equal(StageState.Ready, farm.Status(new StageAddress("b2", 1, "denoise-1")).State);
    }

    [Fact]
    public void Shared_result_abandons_the_running_attempts_of_equal_stages()
    {
        var farm = new FarmScenario().WithBatch("b1", SamePrompt(1), SamePrompt(2)).WithWorker("w1").WithWorker("w2");
        farm.Assign(Encode, "w1");
        var late = farm.Assign(Encode with { Row = 2 }, "w2");
        var events = farm.Complete("w1");

        Assert.Contains(new FarmEvents.AttemptAbandoned(late, "w2", farm.Now), events);
        Assert.Null(farm.State.Workers["w2"].Current);
        Assert.Equal(StageState.Done, farm.Status(late.Stage).State);
        Assert.Empty(farm.Farm.Done(farm.DoneReport(late), farm.Now));
    }

    [Fact]
    public void New_batch_reuses_results_of_open_clips()
    {
        var farm = new FarmScenario().WithBatch("b1", SamePrompt(1)).WithWorker("w1");
        foreach (var stage in new[] { "encode-prompt", "denoise-1" })
        {
            farm.Assign(Encode with { StageId = stage }, "w1");
            farm.Complete("w1");
        }

        farm.WithBatch("b2", SamePrompt(1), SamePrompt(2), FarmScenario.Settings(3));

        Assert.Equal([StageState.Done, StageState.Done, StageState.Ready], States("b2", 1, "encode-prompt", "denoise-1", "upsample"));
        Assert.Equal([StageState.Done, StageState.Ready], States("b2", 2, "encode-prompt", "denoise-1"));
        Assert.Equal([StageState.Ready], States("b2", 3, "encode-prompt"));

        IEnumerable<StageState> States(string batch, int row, params string[] stages) =>
            stages.Select(stageId => farm.Status(new StageAddress(batch, row, stageId)).State);
    }

    [Fact]
    public void New_batch_reuses_results_of_its_own_model_only()
    {
        var farm = new FarmScenario().WithWorker("w1", model: "one").WithWorker("w2", model: "other")
            .WithBatch("b1", "one", SamePrompt(1)).WithBatch("b2", "other", FarmScenario.Settings(2));
        farm.Assign(Encode, "w1");
        farm.Complete("w1");
        farm.Assign(Encode with { Batch = "b2" }, "w2");
        farm.Complete("w2");

        farm.WithBatch("b3", "one", SamePrompt(1), FarmScenario.Settings(2));

        Assert.Equal(StageState.Done, farm.Status(Encode with { Batch = "b3" }).State);
        Assert.Equal(StageState.Ready, farm.Status(new StageAddress("b3", 2, "encode-prompt")).State);
    }

    [Fact]
    public void Batch_of_another_model_computes_its_own_results()
    {
        var farm = new FarmScenario().WithWorker("w1", model: "one").WithWorker("w2", model: "other")
            .WithBatch("b1", "one", SamePrompt(1)).WithBatch("b2", "other", SamePrompt(2));
        farm.Assign(Encode, "w1");
        farm.Assign(Encode with { Batch = "b2" }, "w2");

        Assert.IsType<FarmEvents.AttemptSucceeded>(Assert.Single(farm.Complete("w1")));
        Assert.Equal(StageState.Running, farm.Status(Encode with { Batch = "b2" }).State);
    }

    [Fact]
    public void Service_of_a_batch_is_the_work_of_its_started_clips_divided_by_its_weight()
    {
        var farm = new FarmScenario().WithBatch("b1", weight: 1, Clip(1), Clip(2)).WithBatch("b2", weight: 2, Clip(1), Clip(2))
            .WithWorker("w1");
        var work = farm.Clip("b1", 1).Work.Values.Sum(stage => stage.TeraOperations);
        farm.Assign(Encode, "w1");
        farm.Complete("w1");
        farm.Assign(Encode with { StageId = "denoise-1" }, "w1");
        farm.Complete("w1");
        Assert.Equal((work, 0), (farm.State.Batches["b1"].Served, farm.State.Batches["b2"].Served));

        farm.Assign(Encode with { Batch = "b2", StageId = "denoise-1" }, "w1");
        Assert.Equal(work / 2, farm.State.Batches["b2"].Served);
        farm.WithBatch("b3", FarmScenario.Settings(5));
        Assert.Equal(work / 2, farm.State.Batches["b3"].Served);
    }

    private static ClipRequest Clip(int row) => new(row, $"{row}.mp4", new ClipConstraints(), FarmScenario.Settings(row));

    private static RenderSettings SamePrompt(int seed) => FarmScenario.Settings(seed) with { Prompt = "the same" };
}
