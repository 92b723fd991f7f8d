using MlxVideo.Farm.Profiles;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using MlxVideo.Simulation.Farms;

namespace MlxVideo.Farm.Tests.Profiles;

/// <summary>What a worker has in its memory, as far as the scheduler can tell.</summary>
public sealed class ResidentPartsTests
{
    // 36 GB: weights may take 24.3, so the transformer (20) leaves room for the small parts, but not for the encoder (13).
    private static readonly WorkerCapabilities Tight = new SimulatedMac("tight", 36, 10, 5, 10).Capabilities;
    private static readonly WorkerCapabilities Roomy = new SimulatedMac("roomy", 128, 10, 5, 10).Capabilities;

    [Fact]
    public void Parts_stay_while_there_is_room()
    {
        var resident = Using(Roomy, Enum.GetValues<ModelPart>());

        Assert.Equal(Enum.GetValues<ModelPart>(), resident.Parts);
    }

    [Fact]
    public void The_part_used_longest_ago_goes_first()
    {
        var resident = Using(Tight, ModelPart.TextEncoder, ModelPart.VideoDecoder, ModelPart.Transformer);

        Assert.Equal([ModelPart.VideoDecoder, ModelPart.Transformer], resident.Parts.ToArray());
    }

    [Fact]
    public void A_part_that_is_used_again_is_not_the_oldest_any_more()
    {
        var resident = Using(Tight, ModelPart.VideoDecoder, ModelPart.TextEncoder, ModelPart.VideoDecoder);

        Assert.Equal([ModelPart.TextEncoder], resident.EvictedBy(ModelPart.Transformer, Tight));
    }

    [Fact]
    public void No_more_goes_than_must()
    {
        var resident = Using(Tight, ModelPart.AudioDecoder, ModelPart.TextEncoder, ModelPart.VideoDecoder);

        Assert.Equal([ModelPart.AudioDecoder, ModelPart.TextEncoder], resident.EvictedBy(ModelPart.Transformer, Tight));
        Assert.Empty(resident.EvictedBy(ModelPart.Upsampler, Tight));
        Assert.Empty(resident.EvictedBy(ModelPart.VideoDecoder, Tight));
    }

    [Fact]
    public void Weights_never_take_more_than_their_budget_on_any_way_through_the_parts()
    {
        var random = new Random(1);
        var resident = ResidentParts.None;
        for (var use = 0; use < 500; use++)
        {
            var part = (ModelPart)random.Next(1, 7);
            resident = resident.Using(part, Tight);
            Assert.Equal(part, resident.Parts[^1]);
            Assert.Equal(resident.Parts.Length, resident.Parts.Distinct().Count());
            Assert.True(resident.Parts.Sum(Tight.LoadedBytesOf) <= Tight.WeightBytes);
        }
    }

    [Fact]
    public void A_streamed_part_fills_the_budget_alone()
    {
        var small = Tight with { WeightBytes = 10_000_000_000 };

        Assert.Equal([ModelPart.Transformer], Using(small, ModelPart.VideoDecoder, ModelPart.Transformer).Parts.ToArray());
    }

    private static ResidentParts Using(WorkerCapabilities worker, params ModelPart[] parts) =>
        parts.Aggregate(ResidentParts.None, (resident, part) => resident.Using(part, worker));
}
