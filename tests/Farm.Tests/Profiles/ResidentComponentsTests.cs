using MlxVideo.Farm.Profiles;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using MlxVideo.Simulation.Farms;

namespace MlxVideo.Farm.Tests.Profiles;

/// <summary>What a worker has in its memory, as far as the scheduler can tell.</summary>
public sealed class ResidentComponentsTests
{
    // 36 GB: weights may take 24.3, so the transformer (20) leaves room for the small parts, but not for the encoder (13).
    private static readonly WorkerCapabilities Tight = new SimulatedMac("tight", 36, 10, 5, 10).Capabilities;
    private static readonly WorkerCapabilities Roomy = new SimulatedMac("roomy", 128, 10, 5, 10).Capabilities;

    [Fact]
    public void Parts_stay_while_there_is_room()
    {
        var resident = Using(Roomy, Enum.GetValues<ModelComponent>());

        Assert.Equal(Enum.GetValues<ModelComponent>(), resident.Components);
    }

    [Fact]
    public void The_part_used_longest_ago_goes_first()
    {
        var resident = Using(Tight, ModelComponent.TextEncoder, ModelComponent.VideoDecoder, ModelComponent.Transformer);

        Assert.Equal([ModelComponent.VideoDecoder, ModelComponent.Transformer], resident.Components.ToArray());
    }

    [Fact]
    public void A_part_that_is_used_again_is_not_the_oldest_any_more()
    {
        var resident = Using(Tight, ModelComponent.VideoDecoder, ModelComponent.TextEncoder, ModelComponent.VideoDecoder);

        Assert.Equal([ModelComponent.TextEncoder], resident.EvictedBy(ModelComponent.Transformer, Tight));
    }

    [Fact]
    public void No_more_goes_than_must()
    {
        var resident = Using(Tight, ModelComponent.AudioDecoder, ModelComponent.TextEncoder, ModelComponent.VideoDecoder);

        Assert.Equal([ModelComponent.AudioDecoder, ModelComponent.TextEncoder], resident.EvictedBy(ModelComponent.Transformer, Tight));
        Assert.Empty(resident.EvictedBy(ModelComponent.Upsampler, Tight));
        Assert.Empty(resident.EvictedBy(ModelComponent.VideoDecoder, Tight));
    }

    [Fact]
    public void Weights_never_take_more_than_their_budget_on_any_way_through_the_parts()
    {
        var random = new Random(1);
        var resident = ResidentComponents.None;
        for (var use = 0; use < 500; use++)
        {
            var component = (ModelComponent)random.Next(1, 7);
            resident = resident.Using(component, Tight);
            Assert.Equal(component, resident.Components[^1]);
            Assert.Equal(resident.Components.Length, resident.Components.Distinct().Count());
            Assert.True(resident.Components.Sum(Tight.LoadedBytesOf) <= Tight.WeightBytes);
        }
    }

    [Fact]
    public void A_streamed_part_fills_the_budget_alone()
    {
        var small = Tight with { WeightBytes = 10_000_000_000 };

        Assert.Equal(
            [ModelComponent.Transformer], Using(small, ModelComponent.VideoDecoder, ModelComponent.Transformer).Components.ToArray());
    }

    private static ResidentComponents Using(WorkerCapabilities worker, params ModelComponent[] components) =>
        components.Aggregate(ResidentComponents.None, (resident, component) => resident.Using(component, worker));
}
