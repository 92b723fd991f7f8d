using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Policies;
using MlxVideo.Simulation.Running;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Simulation.Tests.Policies;

/// <summary>Behaviour of the baseline policies.</summary>
public sealed class BaselinePolicyTests
{
    private static readonly ModelComponent[] All = Enum.GetValues<ModelComponent>();

    [Fact]
    public void Round_robin_alternates_clips_between_workers_that_hold_every_component()
    {
        var spans = Render(new ByClip(dealt: true), 6);

        Assert.All(spans, span => Assert.Equal(span.Row % 2 == 1 ? "big-1" : "big-2", span.Mac));
        Assert.Equal(Enumerable.Range(1, 6), spans.Select(span => span.Row).Distinct().Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void By_clip_keeps_a_clip_on_one_Mac(bool dealt)
    {
        var spans = Render(new ByClip(dealt), 7);

        Assert.All(spans.GroupBy(span => span.Row), clip => Assert.Single(clip.Select(span => span.Mac).Distinct()));
    }

    [Fact]
    public void By_clip_when_free_gives_a_fast_Mac_more_clips()
    {
        IReadOnlyList<SimulatedMac> macs = [new("fast", 128, 40, 5, 10), new("slow", 128, 4, 5, 10)];
        var spans = FarmSimulation.Run(new ByClip(dealt: false), macs, Clips.Batch(8), new TrueTimes(1), []).Spans;

        Assert.True(ClipsOn("fast") > ClipsOn("slow"));

        int ClipsOn(string mac) => spans.Where(span => span.Mac == mac).Select(span => span.Row).Distinct().Count();
    }

    [Fact]
    public void By_stage_takes_the_oldest_stage_that_fits()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(3)).WithMac("a-large", loaded: All)
            .WithMac("b-small", 24, loaded: [ModelComponent.TextEncoder])
            .RunStage("a-large", 1, "encode-prompt").RunStage("a-large", 2, "encode-prompt");

        var decision = new FirstComeByStage().Decide(farm.View, farm.Now);

        // The small Mac can't hold the transformer; the oldest stage that it can run is the third clip's prompt.
        Assert.Equal([("a-large", 1, "denoise-1"), ("b-small", 3, "encode-prompt")], Given(decision));
    }

    [Fact]
    public void Affinity_prefers_resident_components_and_otherwise_the_longest_chain()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(2)).WithMac("loaded", loaded: [ModelComponent.TextEncoder])
            .RunStage("loaded", 1, "encode-prompt");

        Assert.Equal([("loaded", 2, "encode-prompt")], Given(new AffinityFirst().Decide(farm.View, farm.Now)));

        var larger = Clips.Small(2) with { Width = 768, Height = 512 };
        var empty = new ManualFarm().WithBatch(Clips.Batch(Clips.Small(1), larger)).WithMac("empty");
        Assert.Equal([("empty", 2, "encode-prompt")], Given(new AffinityFirst().Decide(empty.View, empty.Now)));
    }

    [Fact]
    public void Heft_ranks_stages_by_the_length_of_their_remaining_chain()
    {
        var larger = Clips.Small(2) with { Width = 768, Height = 512 };
        var farm = new ManualFarm().WithBatch(Clips.Batch(Clips.Small(1), larger, Clips.Small(3))).WithMac("one", loaded: All);

        Assert.Equal([("one", 2, "encode-prompt")], Given(new DynamicHeft().Decide(farm.View, farm.Now)));
    }

    [Fact]
    public void Heft_lets_a_stage_wait_for_the_worker_that_finishes_it_first()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(2)).WithMac("fast", teraflops: 40, loaded: All)
            .WithMac("slow", teraflops: 1, loaded: All);
        farm.Assign("fast", 1, "encode-prompt");

        Assert.Empty(new DynamicHeft().Decide(farm.View, farm.Now).Assign);
        Assert.Equal([("slow", 2, "encode-prompt")], Given(new FirstComeByStage().Decide(farm.View, farm.Now)));
    }

    private static IEnumerable<(string Worker, int Row, string Stage)> Given(Decision decision) =>
        decision.Assign.Select(assignment => (assignment.Worker, assignment.Stage.Row, assignment.Stage.StageId));

    /// <summary>Renders clips on two Macs that hold every component and a third that does not.</summary>
    private static List<WorkSpan> Render(ISchedulingPolicy policy, int clips)
    {
        IReadOnlyList<SimulatedMac> macs = [new("big-1", 128, 20, 5, 10), new("big-2", 128, 7, 5, 10), new("small", 24, 30, 5, 10)];
        var result = FarmSimulation.Run(policy, macs, Clips.Batch(clips), new TrueTimes(1), []);
        Assert.Equal(0, result.Failed);
        return result.Spans.ToList();
    }
}
