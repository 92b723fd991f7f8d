using System.Security.Cryptography;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Checkpoints;

public sealed class RandomWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Same_seed_gives_the_same_file_regardless_of_read_order()
    {
        var forwards = Write("a", new RandomWeights(7, WeightDistribution.Plain), "first", "second");
        var backwards = Write("b", new RandomWeights(7, WeightDistribution.Plain), "second", "first");
        Assert.Equal(forwards, backwards);
        Assert.NotEqual(forwards, Write("c", new RandomWeights(8, WeightDistribution.Plain), "first", "second"));
    }

    [Fact]
    public void Random_bits_are_identical_on_every_machine() =>
        Assert.Equal("59bf50dd5499560a136ab164", Write("a", new RandomWeights(1, WeightDistribution.Plain), "first")[..24]);

    [Fact]
    public void Written_weights_equal_the_weights_in_use()
    {
        var random = new RandomWeights(3, WeightDistribution.Plain);
        using var given = new Linear(new WeightScope(random, ComputeOptions.CpuFloat32, "linear"), 8, 8);
        SafetensorsWriter.Write(_folder.File("weights.safetensors"), random.ToWrite());
        using var file = SafetensorsFile.Open(_folder.File("weights.safetensors"));
        var weights = new CheckpointWeights(file);
        using var loaded = new Linear(new WeightScope(weights, ComputeOptions.CpuFloat32, "linear"), 8, 8);
        weights.RequireAllUsed(CheckpointSection.WholeFile);
        var input = ones(1, 8);
        Assert.Equal(given.forward(input).data<float>().ToArray(), loaded.forward(input).data<float>().ToArray());
    }

    [Theory]
    [InlineData("mlp.weight", new long[] { 64, 256 }, 0, 1.0 / 16)]
    [InlineData("conv.weight", new long[] { 32, 16, 3, 3, 3 }, 0, 0.0481)]
    [InlineData("norm.weight", new long[] { 4096 }, 1, 0.1)]
    [InlineData("language_model.model.norm.weight", new long[] { 4096 }, 0, 0.1)]
    [InlineData("twice.weight", new long[] { 64, 256 }, 0, 2.0 / 16)]
    public void Weights_are_scaled_to_keep_activations_in_range(string key, long[] shape, double mean, double deviation)
    {
        var random = new RandomWeights(1, new WeightDistribution([new WeightRule("t*.weight", 2)]));
        using var weight = random.Read(key, shape).to(ScalarType.Float32);
        Assert.Equal(mean, weight.mean().item<float>(), 0.05 * deviation + 0.005);
        Assert.Equal(deviation, weight.std().item<float>(), 0.05 * deviation);
    }

    [Fact]
    public void Equal_rows_rule_repeats_rows_within_a_group()
    {
        var random = new RandomWeights(1, new WeightDistribution([new WeightRule("up.*", EqualRows: 4)]));
        using var weight = random.Read("up.weight", [8, 3, 3]).to(ScalarType.Float32);
        var rows = weight.flatten(1);
        Assert.Equal(rows[0].data<float>().ToArray(), rows[3].data<float>().ToArray());
        Assert.NotEqual(rows[3].data<float>().ToArray(), rows[4].data<float>().ToArray());
    }

    public void Dispose() => _folder.Dispose();

    private string Write(string name, RandomWeights random, params string[] keys)
    {
        foreach (var key in keys)
            random.Read(key, [16, 4]).Dispose();
        var path = _folder.File(name);
        SafetensorsWriter.Write(path, random.ToWrite());
        return Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
    }
}
