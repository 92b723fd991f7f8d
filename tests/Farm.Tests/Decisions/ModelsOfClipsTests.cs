using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Farm.Tests.Decisions;

/// <summary>Batches with clips that name a model instead of the batch's.</summary>
public sealed class ModelsOfClipsTests
{
    private static readonly string One = new('1', 64);
    private static readonly string Other = new('2', 64);

    [Fact]
    public void Clip_is_rendered_only_by_workers_with_its_model()
    {
        var farm = TwoModels().WithBatch("b1", weight: 1, Clip(1, "111111"), Clip(2, "222222"), Clip(3, $"model {Other}"));

        Assert.Equal([One, Other, Other], farm.State.Batches["b1"].Clips.Values.Select(clip => clip.Model));
        var assigned = farm.Schedule();
        Assert.Equal(2, assigned.Count);
        Assert.All(assigned, started => Assert.Equal(started.Stage.Row == 1 ? "w1" : "w2", started.Worker));
    }

    [Fact]
    public void Batch_needs_a_model_only_for_rows_without_one()
    {
        var farm = TwoModels().WithBatch("all", weight: 1, Clip(1, "111111"), Clip(2, "222222"))
            .WithBatch("some", weight: 1, Clip(1, "111111"), Clip(2, null));

        Assert.Null(farm.State.Batches["all"].Model);
        Assert.False(farm.State.Batches.ContainsKey("some"));
        Assert.Contains(
            "--model", FarmDecisions.ModelError(farm.State, new BatchRequest("t", [Clip(1, "111111"), Clip(2, null)])),
            StringComparison.Ordinal);
        Assert.Contains(
            "No worker has a model 'green'", FarmDecisions.ModelError(farm.State, new BatchRequest("t", [Clip(1, "green")])),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Clips_wait_for_a_worker_with_their_model_while_others_are_rendered()
    {
        var farm = new FarmScenario().WithWorker("w1", model: One).WithBatch("b1", weight: 1, Clip(1, null), Clip(2, Other));
        Assert.Equal((One, 1), (farm.State.Batches["b1"].Model, Assert.Single(farm.Schedule()).Stage.Row));

        farm.WithWorker("w2", model: Other);
        var batch = farm.State.Batches["b1"];
        Assert.Equal((One, Other), (batch.BindingOf(batch.Clips[1])!.Model, batch.BindingOf(batch.Clips[2])!.Model));
        Assert.Equal(("w2", 2), (Assert.Single(farm.Schedule()) is var started ? started.Worker : "", farm.CurrentOf("w2").Stage.Row));
    }

    [Fact]
    public void Equal_prompts_are_shared_only_within_a_model()
    {
        var settings = FarmScenario.Settings();
        var farm = TwoModels().WithBatch("b1", weight: 1, Clip(1, One, settings), Clip(2, Other, settings), Clip(3, One, settings));
        farm.Assign(new("b1", 1, "encode-prompt"), "w1");

        var shared = farm.Complete("w1").OfType<FarmEvents.ResultShared>().Select(result => result.Stage.Row);
        Assert.Equal([3], shared);
    }

    private static FarmScenario TwoModels() => new FarmScenario().WithWorker("w1", model: One).WithWorker("w2", model: Other);

    private static ClipRequest Clip(int row, string? model, RenderSettings? settings = null) =>
        new(row, $"{row}.mp4", new ClipConstraints(), settings ?? FarmScenario.Settings(row), model);
}
