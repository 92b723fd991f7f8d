using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tests.Golden;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Tests.Checkpoints.Layouts;

/// <summary>Every key of the released models is recovered from the other layouts.</summary>
public sealed class KeyNamingTests
{
    private static readonly (string File, string[] Components)[] Files =
    [
        ("transformer", ["transformer"]), ("connectors", ["text_connectors"]), ("vae", ["video_vae_encoder", "video_vae_decoder"]),
        ("audio_vae", ["audio_vae_encoder", "audio_vae_decoder"]), ("vocoder", ["vocoder"]),
    ];

    public static TheoryData<string, string> ReleasedFiles()
    {
        var data = new TheoryData<string, string>();
        foreach (var version in new[] { "ltx-2.0-19b", "ltx-2.3-22b" })
        {
            foreach (var (file, _) in Files)
                data.Add(version, file);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(ReleasedFiles))]
    public void Diffusers_names_are_mapped_to_released_names(string version, string file)
    {
        var released = Released(version, file);
        var named = released.Select(tensor => tensor with { Name = ForeignKeyNames.Diffusers(file, tensor.Name, downBlocks: 9) }).ToList();
        Assert.Distinct(named.Select(tensor => tensor.Name));
        Assert.NotEqual(released.Select(tensor => tensor.Name), named.Select(tensor => tensor.Name));

        var naming = KeyNaming.Of(named);
        Assert.Equal(released.Select(tensor => tensor.Name), named.Select(tensor => naming.Place(tensor.Name, tensor.Shape.Count)!.Key));
        Assert.All(named, tensor => Assert.Null(naming.Place(tensor.Name, tensor.Shape.Count)!.Axes));
    }

    [Fact]
    public void Names_and_axes_of_a_unified_mlx_file_are_mapped_to_released_ones()
    {
        var released = Files.SelectMany(file => Released("ltx-2.0-19b", file.File).Select(tensor => (file.File, Tensor: tensor))).ToList();
        var unified = released.Select(entry => entry.Tensor with
        {
            Name = ForeignKeyNames.MlxUnified(entry.File, entry.Tensor.Name),
            Shape = ForeignKeyNames.MlxAxes(entry.Tensor.Name, entry.Tensor.Shape.Count).Select(axis => entry.Tensor.Shape[axis]).ToList(),
        }).ToList();
        Assert.Distinct(unified.Select(tensor => tensor.Name));

        var naming = KeyNaming.Of(unified);
        foreach (var ((_, expected), tensor) in released.Zip(unified))
        {
            var placed = naming.Place(tensor.Name, tensor.Shape.Count)!;
            Assert.Equal(expected.Name, placed.Key);
            Assert.Equal(expected.Shape, placed.Axes is null ? tensor.Shape : placed.Axes.Select(axis => tensor.Shape[axis]));
        }
    }

    [Fact]
    public void Scales_and_biases_of_packed_transformer_layers_are_mapped()
    {
        var naming = KeyNaming.Of([Tensor("transformer_blocks.0.ff.proj_in.weight", 8, 4)]);
        Assert.Equal(
            "model.diffusion_model.transformer_blocks.3.attn1.to_out.0.scales",
            naming.Place("transformer_blocks.3.attn1.to_out.scales", 2)!.Key);
        Assert.Equal(
            "model.diffusion_model.transformer_blocks.3.audio_ff.net.2.biases",
            naming.Place("transformer_blocks.3.audio_ff.proj_out.biases", 2)!.Key);
    }

    [Theory]
    [InlineData("video_embeddings_connector.learnable_registers")]
    [InlineData("audio_embeddings_connector.transformer_1d_blocks.0.attn1.to_q.weight")]
    public void Duplicate_connectors_in_an_mlx_transformer_are_ignored(string key)
    {
        var naming = KeyNaming.Of([Tensor("transformer_blocks.0.ff.proj_in.weight", 8, 4), Tensor("vae_decoder.conv_in.conv.bias", 8)]);
        Assert.Null(naming.Place("transformer." + key, 2));
        Assert.Equal("model.diffusion_model." + key, naming.Place("connector." + key, 2)!.Key);
    }

    [Fact]
    public void Duplicate_statistics_in_a_unified_file_are_ignored()
    {
        TensorEntry[] both =
            [Tensor("vae_decoder.per_channel_statistics.mean", 8), Tensor("vae_encoder.per_channel_statistics._mean_of_means", 8)];
        Assert.Equal("vae.per_channel_statistics.mean-of-means", KeyNaming.Of(both).Place(both[0].Name, 1)!.Key);
        Assert.Null(KeyNaming.Of(both).Place(both[1].Name, 1));
        Assert.Equal("vae.per_channel_statistics.mean-of-means", KeyNaming.Of([both[1]]).Place(both[1].Name, 1)!.Key);
    }

    private static List<TensorEntry> Released(string version, string file)
    {
        var config = File.ReadAllText(GoldenRoot.Path("manifest", $"{version}.config.json"));
        return Files.Single(known => known.File == file).Components
            .SelectMany(component => ManifestSuite.Shapes(component, config))
            .Select(weight => Tensor(weight.Key, weight.Value.ToArray()))
            .DistinctBy(tensor => tensor.Name)
            .ToList();
    }

    private static TensorEntry Tensor(string name, params long[] shape) => new(name, TensorDtype.BF16, shape, 0, 0);
}
