using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Engine.Tests.Stages;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Tests.Models;

public sealed class ModelCacheTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>
{
    private readonly List<ComponentsChanged> _changes = [];

    [Fact]
    public void Changes_report_the_loaded_component_and_residents_in_least_recently_used_order()
    {
        using var cache = Cache(long.MaxValue);
        cache.Prepare(ModelComponent.Transformer);
        cache.Prepare(ModelComponent.AudioDecoder);
        Assert.NotNull(cache.AudioDecoder);
        Assert.NotNull(cache.Vocoder); // belongs to the resident audio decoder: no change
        Assert.NotNull(cache.TransformerWith([]));
        Assert.Collection(
            _changes,
            change => AssertLoaded(change, ModelComponent.Transformer, ModelComponent.Transformer),
            change => AssertLoaded(change, ModelComponent.AudioDecoder, ModelComponent.Transformer, ModelComponent.AudioDecoder),
            change => AssertUsed(change, ModelComponent.AudioDecoder, ModelComponent.Transformer));
    }

    [Fact]
    public void Evicted_component_is_no_longer_resident()
    {
        var decoder = Cache(0).Sizes.Of(ModelComponent.VideoDecoder).Bytes;
        using var cache = Cache(decoder);
        cache.Prepare(ModelComponent.VideoEncoder);
        cache.Prepare(ModelComponent.VideoDecoder);
        Assert.Equal([ModelComponent.VideoDecoder], _changes[^1].Resident);
    }

    [Fact]
    public void Eviction_is_reported_even_if_the_new_component_fails_to_load()
    {
        using var folder = new TemporaryFolder();
        TinyModel.Write(folder.File("model"));
        var model = ModelFolder.Open(folder.File("model"));
        using var cache = new ModelCache(model, ComputeOptions.CpuFloat32, new ResidencyPolicy(1));
        cache.Changed += _changes.Add;
        cache.Prepare(ModelComponent.VideoEncoder);
        Assert.True(cache.Sizes.Of(ModelComponent.Upsampler).Bytes > 0);
        File.Delete(model.UpsamplerFiles[0]);
        Assert.ThrowsAny<IOException>(() => cache.Prepare(ModelComponent.Upsampler));
        AssertUsed(_changes[^1]);
    }

    [Fact]
    public void Component_is_streamed_while_a_stage_needs_the_memory_and_reloaded_whole_afterwards()
    {
        var size = Cache(0).Sizes.Of(ModelComponent.Transformer);
        var memory = new ReportedMemory();
        using var cache = new ModelCache(
            tiny.Model, ComputeOptions.CpuFloat32, ResidencyPolicy.Of(size.Bytes + 1000), memory: memory);
        cache.Changed += _changes.Add;
        cache.Reserve(1000);
        var whole = cache.TransformerWith([]);
        cache.Reserve(1001);
        var streamed = cache.TransformerWith([]);
        Assert.NotSame(whole, streamed);
        Assert.Equal(1, memory.Releases);
        cache.Reserve(1002);
        Assert.Same(streamed, cache.TransformerWith([]));
        cache.Reserve(0);
        Assert.NotSame(streamed, cache.TransformerWith([]));
        Assert.Equal(2, memory.Releases);
        Assert.Equal(3, _changes.Count(change => change.Loaded == ModelComponent.Transformer));
    }

    [Fact]
    public void Failed_reload_is_reported()
    {
        using var folder = new TemporaryFolder();
        TinyModel.Write(folder.File("model"));
        var model = ModelFolder.Open(folder.File("model"));
        var bytes = Cache(0).Sizes.Of(ModelComponent.Transformer).Bytes;
        using var cache = new ModelCache(model, ComputeOptions.CpuFloat32, ResidencyPolicy.Of(bytes));
        cache.Changed += _changes.Add;
        cache.Prepare(ModelComponent.Transformer);
        File.Delete(model.CheckpointFile);
        cache.Reserve(bytes);
        Assert.ThrowsAny<IOException>(() => cache.Prepare(ModelComponent.Transformer));
        AssertUsed(_changes[^1]);
    }

    [Fact]
    public void Memory_is_released_after_an_eviction()
    {
        var decoder = Cache(0).Sizes.Of(ModelComponent.VideoDecoder).Bytes;
        var memory = new ReportedMemory();
        using var cache = new ModelCache(tiny.Model, ComputeOptions.CpuFloat32, new ResidencyPolicy(decoder), memory: memory);
        cache.Prepare(ModelComponent.VideoEncoder);
        Assert.Equal(0, memory.Releases);
        cache.Prepare(ModelComponent.VideoDecoder);
        Assert.Equal(1, memory.Releases);
    }

    [Fact]
    public void Sizes_cover_exactly_the_components_of_the_model()
    {
        using var folder = new TemporaryFolder();
        TinyModel.Write(folder.File("silent"), sound: false);
        using var silent = new ModelCache(ModelFolder.Open(folder.File("silent")), ComputeOptions.CpuFloat32, new ResidencyPolicy(0));
        using var whole = Cache(0);
        Assert.Equal(Enum.GetValues<ModelComponent>(), whole.Sizes.All.Select(size => size.Component));
        Assert.DoesNotContain(ModelComponent.AudioDecoder, silent.Sizes.All.Select(size => size.Component));
        Assert.All(whole.Sizes.All, size => Assert.InRange(size.MinBytes, 1, size.Bytes));
        Assert.Empty(_changes);
    }

    [Fact]
    public void Audio_decoder_size_does_not_depend_on_the_compute_dtype()
    {
        using var single = Cache(0);
        using var half = new ModelCache(
            tiny.Model, ComputeOptions.CpuFloat32 with { Dtype = TorchSharp.torch.ScalarType.BFloat16 }, new ResidencyPolicy(0));
        Assert.Equal(single.Sizes.Of(ModelComponent.AudioDecoder), half.Sizes.Of(ModelComponent.AudioDecoder));
        Assert.Equal(single.Sizes.Of(ModelComponent.VideoDecoder).Bytes, 2 * half.Sizes.Of(ModelComponent.VideoDecoder).Bytes);
    }

    private ModelCache Cache(long weightBudget)
    {
        var cache = new ModelCache(tiny.Model, ComputeOptions.CpuFloat32, new ResidencyPolicy(weightBudget));
        cache.Changed += _changes.Add;
        return cache;
    }

    private static void AssertLoaded(ComponentsChanged change, ModelComponent loaded, params ModelComponent[] resident)
    {
        Assert.Equal(loaded, change.Loaded);
        Assert.True(change.Seconds > 0);
        Assert.Equal(resident, change.Resident);
    }

    private static void AssertUsed(ComponentsChanged change, params ModelComponent[] resident)
    {
        Assert.Null(change.Loaded);
        Assert.Equal(0, change.Seconds);
        Assert.Equal(resident, change.Resident);
    }
}
