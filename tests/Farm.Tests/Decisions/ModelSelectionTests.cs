using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Tests.Decisions;

/// <summary>Selection of a batch's model: chosen once and never mixed with another model.</summary>
public sealed class ModelSelectionTests
{
    private static readonly string One = new('1', 64);
    private static readonly string Other = new('2', 64);

    [Fact]
    public void Only_model_of_the_farm_is_selected_at_submission()
    {
        var farm = new FarmScenario().WithWorker("w1", model: One).WithWorker("w2", model: One).WithBatch("b1", FarmScenario.Settings());

        Assert.Equal(new ModelBinding(One, FarmScenario.Capabilities.Arithmetic), farm.State.Batches["b1"].Binding);
    }

    [Fact]
    public void Batch_without_a_model_is_refused_with_a_list_when_the_farm_has_several()
    {
        var farm = new FarmScenario().WithWorker("w1", model: One).WithWorker("w2", model: Other).WithBatch("b1", FarmScenario.Settings());

        Assert.Empty(farm.State.Batches);
        var error = ModelSelection.Choose(farm.State, null).Error!;
        Assert.Contains("--model", error, StringComparison.Ordinal);
        Assert.Contains($"model {One} (111111111111) on w1; model {Other} (222222222222) on w2", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2222222222222222222222222222222222222222222222222222222222222222")]
    [InlineData("222222")]
    [InlineData("Model 2222222222222222222222222222222222222222222222222222222222222222")]
    public void Model_is_selected_by_digest_digest_prefix_or_name(string requested)
    {
        var farm = new FarmScenario().WithWorker("w1", model: One).WithWorker("w2", model: Other);

        Assert.Equal(new ModelChoice(Other, farm.State.Workers["w2"].Binding, null), ModelSelection.Choose(farm.State, requested));
    }

    [Theory]
    [InlineData("2222")]
    [InlineData("ltx")]
    [InlineData("")]
    public void Model_that_no_worker_has_is_refused(string requested)
    {
        var farm = new FarmScenario().WithWorker("w1", model: One).WithWorker("w2", model: Other);

        Assert.Contains("No worker has a model", ModelSelection.Choose(farm.State, requested).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ambiguous_digest_prefix_is_refused()
    {
        var farm = new FarmScenario().WithWorker("w1", model: "abcdef" + One[6..]).WithWorker("w2", model: "abcdef" + Other[6..]);

        Assert.Contains("matches 2 models", ModelSelection.Choose(farm.State, "abcdef").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_of_absent_workers_count_when_no_worker_is_present()
    {
        var farm = new FarmScenario().WithWorker("w1", model: One).WithWorker("w2", model: Other).WithoutWorker("w1").WithoutWorker("w2");

        var error = ModelSelection.Choose(farm.State, null).Error!;
        Assert.Contains("The farm has 2 models", error, StringComparison.Ordinal);
        Assert.Contains("(111111111111), no worker online", error, StringComparison.Ordinal);
        Assert.Equal(new ModelChoice(Other, null, null), ModelSelection.Choose(farm.State, "222222"));
    }

    [Fact]
    public void Present_model_is_selected_by_default_when_the_other_models_are_absent()
    {
        var farm = new FarmScenario().WithWorker("w1", model: One).WithWorker("w2", model: Other).WithoutWorker("w1");

        Assert.Equal(Other, ModelSelection.Choose(farm.State, null).Model);
        Assert.Equal(new ModelChoice(One, null, null), ModelSelection.Choose(farm.State, One[..6]));
    }

    [Fact]
    public void Batch_submitted_to_an_empty_farm_takes_the_first_workers_model()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings());
        Assert.Null(farm.State.Batches["b1"].Binding);

        var joined = farm.WithWorker("w1", model: Other).WithWorker("w2", model: One);

        Assert.Equal(Other, joined.State.Batches["b1"].Binding!.Model);
    }

    [Fact]
    public void Batch_waits_for_a_worker_with_the_requested_digest()
    {
        var farm = new FarmScenario().WithBatch("b1", Other, FarmScenario.Settings()).WithWorker("w1", model: One);
        Assert.Empty(farm.Schedule());

        farm.WithWorker("w2", model: Other);

        Assert.Equal("w2", Assert.Single(farm.Schedule()).Worker);
    }

    [Fact]
    public void Workers_with_another_model_or_arithmetic_get_no_stage_of_a_batch()
    {
        var threads = FarmScenario.Capabilities with { Arithmetic = "arm64 cpu float32 plain 2", TeraflopsPerSecond = 1 };
        var farm = new FarmScenario().WithWorker("fits", model: One).WithWorker("threads", model: One, capabilities: threads)
            .WithWorker("model", model: Other)
            .WithBatch("b1", One, [.. Enumerable.Range(1, 6).Select(row => FarmScenario.Settings(row))]);

        Assert.Equal(["fits"], farm.Schedule().Select(assignment => assignment.Worker).Distinct());
    }

    [Fact]
    public void Batch_takes_the_arithmetic_with_the_highest_total_throughput()
    {
        var slow = FarmScenario.Capabilities with { Arithmetic = "x64 cpu float32 plain 1", TeraflopsPerSecond = 1 };
        var farm = new FarmScenario().WithWorker("a-slow", capabilities: slow).WithWorker("b-slow", capabilities: slow).WithWorker("fast")
            .WithBatch("b1", FarmScenario.Settings());

        Assert.Equal(farm.State.Workers["fast"].Binding, farm.State.Batches["b1"].Binding);
    }

    [Fact]
    public void Equal_stages_with_different_arithmetic_are_computed_separately()
    {
        var threads = FarmScenario.Capabilities with { Arithmetic = "arm64 cpu float32 plain 2" };
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings());
        farm.Farm.Remove("w1", FailureKind.Preempted, "it left", farm.Now);
        farm.WithWorker("w2", capabilities: threads).WithBatch("b2", FarmScenario.Settings()).WithWorker("w1");

        var given = farm.Schedule();

        Assert.Equal([("b1", "w1"), ("b2", "w2")], given.Select(assignment => (assignment.Stage.Batch, assignment.Worker)).Order());
        Assert.Equal(2, given.Count(assignment => assignment.Stage.StageId == "encode-prompt"));
        Assert.DoesNotContain(farm.Complete("w1"), happened => happened is FarmEvents.ResultShared);
    }

    [Fact]
    public void Concurrent_batches_of_two_models_are_assigned_without_mixing()
    {
        var farm = new FarmScenario().WithWorker("w1", model: One).WithWorker("w2", model: Other);
        foreach (var (batch, model) in new[] { ("b1", One), ("b2", Other), ("b3", One), ("b4", Other) })
            farm.WithBatch(batch, model, FarmScenario.Settings(1), FarmScenario.Settings(2));

        while (farm.Schedule() is { Count: > 0 } given)
        {
            Assert.All(given, assignment =>
                Assert.Equal(farm.State.Workers[assignment.Worker].Model, farm.State.Batches[assignment.Stage.Batch].Model));
            foreach (var assignment in given)
                farm.Complete(assignment.Worker);
        }

        Assert.All(farm.State.Batches.Values, batch => Assert.All(
            batch.Clips.Values.SelectMany(clip => clip.Stages.Values).Where(status => status.Last is not null),
            status => Assert.Equal(batch.Model, farm.State.Workers[status.Last!.Worker].Model)));
        Assert.All(farm.State.Batches.Values, batch => Assert.All(batch.Clips.Values, clip => Assert.Single(clip.ReadyStages())));
    }
}
