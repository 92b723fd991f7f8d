using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Engine.Tests.Stages;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Tests.Models;

public sealed class ModelCacheTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>
{
    private readonly List<PartsChanged> _changes = [];

    [Fact]
    public void It_tells_what_is_loaded_and_in_which_order_it_was_used()
    {
        using var cache = Cache(long.MaxValue);
        cache.Prepare(ModelPart.Transformer);
        cache.Prepare(ModelPart.AudioDecoder);
        Assert.NotNull(cache.AudioDecoder);
        Assert.NotNull(cache.Vocoder); // of the part that is there: nothing changes
        Assert.NotNull(cache.Transformer);
        Assert.Collection(
            _changes,
            change => AssertLoaded(change, ModelPart.Transformer, ModelPart.Transformer),
            change => AssertLoaded(change, ModelPart.AudioDecoder, ModelPart.Transformer, ModelPart.AudioDecoder),
            change => AssertUsed(change, ModelPart.AudioDecoder, ModelPart.Transformer));
    }

    [Fact]
    public void What_made_room_is_gone()
    {
        var decoder = Cache(0).Sizes.Of(ModelPart.VideoDecoder).Bytes;
        using var cache = Cache(decoder);
        cache.Prepare(ModelPart.VideoEncoder);
        cache.Prepare(ModelPart.VideoDecoder);
        Assert.Equal([ModelPart.VideoDecoder], _changes[^1].Resident);
    }

    [Fact]
    public void What_left_for_a_part_that_can_not_be_loaded_is_told()
    {
        using var folder = new TemporaryFolder();
        TinyModel.Write(folder.File("model"));
        var model = ModelFolder.Open(folder.File("model"));
        using var cache = new ModelCache(model, ComputeOptions.CpuFloat32, new ResidencyPolicy(1));
        cache.Changed += _changes.Add;
        cache.Prepare(ModelPart.VideoEncoder);
        Assert.True(cache.Sizes.Of(ModelPart.Upsampler).Bytes > 0);
        File.Delete(model.UpsamplerFile);
        Assert.ThrowsAny<IOException>(() => cache.Prepare(ModelPart.Upsampler));
        AssertUsed(_changes[^1]);
    }

    [Fact]
    public void Sizes_are_those_of_the_parts_that_the_model_has()
    {
        using var folder = new TemporaryFolder();
        TinyModel.Write(folder.File("silent"), sound: false);
        using var silent = new ModelCache(ModelFolder.Open(folder.File("silent")), ComputeOptions.CpuFloat32, new ResidencyPolicy(0));
        using var whole = Cache(0);
        Assert.Equal(Enum.GetValues<ModelPart>(), whole.Sizes.All.Select(size => size.Part));
        Assert.DoesNotContain(ModelPart.AudioDecoder, silent.Sizes.All.Select(size => size.Part));
        Assert.All(whole.Sizes.All, size => Assert.InRange(size.LeastBytes, 1, size.Bytes));
        Assert.Empty(_changes);
    }

    [Fact]
    public void Sound_takes_the_same_in_every_compute_type()
    {
        using var single = Cache(0);
        using var half = new ModelCache(
            tiny.Model, ComputeOptions.CpuFloat32 with { Dtype = TorchSharp.torch.ScalarType.BFloat16 }, new ResidencyPolicy(0));
        Assert.Equal(single.Sizes.Of(ModelPart.AudioDecoder), half.Sizes.Of(ModelPart.AudioDecoder));
        Assert.Equal(single.Sizes.Of(ModelPart.VideoDecoder).Bytes, 2 * half.Sizes.Of(ModelPart.VideoDecoder).Bytes);
    }

    private ModelCache Cache(long weightBudget)
    {
        var cache = new ModelCache(tiny.Model, ComputeOptions.CpuFloat32, new ResidencyPolicy(weightBudget));
        cache.Changed += _changes.Add;
        return cache;
    }

    private static void AssertLoaded(PartsChanged change, ModelPart loaded, params ModelPart[] resident)
    {
        Assert.Equal(loaded, change.Loaded);
        Assert.True(change.Seconds > 0);
        Assert.Equal(resident, change.Resident);
    }

    private static void AssertUsed(PartsChanged change, params ModelPart[] resident)
    {
        Assert.Null(change.Loaded);
        Assert.Equal(0, change.Seconds);
        Assert.Equal(resident, change.Resident);
    }
}
