using MlxVideo.Farm.Profiles;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using MlxVideo.Simulation.Farms;

namespace MlxVideo.Farm.Tests.Profiles;

/// <summary>The scheduler's model of the components resident on a worker.</summary>
public sealed class ResidentComponentsTests
{
    // 36 GB: the weight budget is 24.3 GB. The transformer (20) leaves room for the small components, but not for the text encoder (13).
    private static readonly WorkerCapabilities Tight = new SimulatedMac("tight", 36, 10, 5, 10).Capabilities;
    private static readonly WorkerCapabilities Roomy = new SimulatedMac("roomy", 128, 10, 5, 10).Capabilities;

    [Fact]
    public void Components_stay_resident_while_they_fit()
    {
        var resident = Using(Roomy, Enum.GetValues<ModelComponent>());

        Assert.Equal(Enum.GetValues<ModelComponent>(), resident.Components);
    }

    [Fact]
    public void Least_recently_used_component_is_evicted_first()
    {
        var resident = Using(Tight, ModelComponent.TextEncoder, ModelComponent.VideoDecoder, ModelComponent.Transformer);

        Assert.Equal([ModelComponent.VideoDecoder, ModelComponent.Transformer], resident.Components.ToArray());
    }

    [Fact]
    public void Reused_component_is_no_longer_the_least_recently_used()
    {
        var resident = Using(Tight, ModelComponent.VideoDecoder, ModelComponent.TextEncoder, ModelComponent.VideoDecoder);

        Assert.Equal([ModelComponent.TextEncoder], resident.EvictedBy(ModelComponent.Transformer, Tight));
    }

    [Fact]
    public void No_more_components_are_evicted_than_necessary()
    {
        var resident = Using(Tight, ModelComponent.AudioDecoder, ModelComponent.TextEncoder, ModelComponent.VideoDecoder);

        Assert.Equal([ModelComponent.AudioDecoder, ModelComponent.TextEncoder], resident.EvictedBy(ModelComponent.Transformer, Tight));
        Assert.Empty(resident.EvictedBy(ModelComponent.Upsampler, Tight));
        Assert.Empty(resident.EvictedBy(ModelComponent.VideoDecoder, Tight));
    }

    [Fact]
    public void Resident_weights_never_exceed_their_budget_in_any_order_of_use()
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
    public void Streamed_component_fills_the_budget_alone()
    {
        var small = Tight with { WeightBytes = 10_000_000_000 };

        Assert.Equal(
            [ModelComponent.Transformer], Using(small, ModelComponent.VideoDecoder, ModelComponent.Transformer).Components.ToArray());
    }

    private static ResidentComponents Using(WorkerCapabilities worker, params ModelComponent[] components) =>
        components.Aggregate(ResidentComponents.None, (resident, component) => resident.Using(component, worker));
}
