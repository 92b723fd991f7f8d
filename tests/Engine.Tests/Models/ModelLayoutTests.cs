using System.Text.Json;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Tests.Stages;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Tests.Models;

/// <summary>One model in several file layouts, all of which render the same bytes.</summary>
public sealed class ModelLayoutTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private static readonly RenderSettings Small = new() { Prompt = "A red fox.", Width = 64, Height = 64, NumFrames = 9, Seed = 3 };

    private static readonly (string File, string Prefix)[] Components =
    [
        ("vae", "vae."), ("audio_vae", "audio_vae."), ("vocoder", "vocoder."), ("connectors", "text_embedding_projection."),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_file_per_component_renders_the_same_clip_as_a_single_file(bool bareKeys)
    {
        CopyWithoutCheckpoint();
        using (var source = SafetensorsFile.Open(tiny.Model.CheckpointFile))
        {
            var rest = source.Header.Tensors.Keys.ToHashSet();
            foreach (var (file, prefix) in Components)
            {
                var keys = rest.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToList();
                rest.ExceptWith(keys);
                // Only components with distinctive key names can omit their prefix.
                var cut = bareKeys && prefix != "text_embedding_projection." ? prefix.Length : 0;
                SafetensorsWriter.Write(
                    _folder.File($"{file}.safetensors"),
                    keys.Select(key => SafetensorsTensors.ToWrite(key[cut..], source.ReadTensor(key))));
            }

            SafetensorsWriter.Write(
                _folder.File("transformer.safetensors"), rest.Select(key => SafetensorsTensors.ToWrite(key, source.ReadTensor(key))),
                source.Header.Metadata);
        }

        var model = ModelFolder.Open(_folder.Path);
        Assert.Equal(5, model.CheckpointFiles.Count);
        AssertRendersAlike(model);
    }

    [Fact]
    public void Shards_with_an_index_render_the_same_clip_as_a_single_file()
    {
        CopyWithoutCheckpoint();
        WriteShards();
        AssertRendersAlike(ModelFolder.Open(_folder.Path));
    }

    [Fact]
    public void Missing_shard_is_reported()
    {
        CopyWithoutCheckpoint();
        WriteShards();
        File.Delete(_folder.File("model-2.safetensors"));
        var ex = Assert.Throws<CheckpointException>(() => ModelFolder.Open(_folder.Path));
        Assert.Equal(
            $"1 of 3 shards named by {_folder.File("model.safetensors.index.json")} are missing: model-2.safetensors; download them into "
                + "the same folder.", ex.Message);
    }

    [Fact]
    public void Indexed_key_missing_from_its_shard_is_reported()
    {
        CopyWithoutCheckpoint();
        WriteShards(extraKey: "vae.decoder.nowhere");
        var ex = Assert.Throws<CheckpointException>(() => ModelFolder.Open(_folder.Path));
        Assert.Contains(
            "lists 1 weights that model-0.safetensors does not contain: vae.decoder.nowhere", ex.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "weight_map must be an object")]
    [InlineData("{\"weight_map\":{}}", "weight_map must contain at least one key and name a file for each")]
    [InlineData("{\"weight_map\":{\"a\":\"../other.safetensors\"}}", "'../other.safetensors', which is not a file in the same folder")]
    [InlineData("not json", "is plain text ('not json')")]
    [InlineData("{\"weight_map\":", "not valid JSON")]
    public void Invalid_index_is_reported_in_one_sentence(string json, string reason)
    {
        File.WriteAllText(_folder.File("model.safetensors.index.json"), json);
        Assert.Contains(
            reason, Assert.Throws<CheckpointException>(() => ShardIndex.Read(_folder.File("model.safetensors.index.json"))).Message,
            StringComparison.Ordinal);
    }

    private void CopyWithoutCheckpoint()
    {
        foreach (
            var file in Directory.EnumerateFiles(tiny.Model.Path, "*", SearchOption.AllDirectories)
                .Where(file => file != tiny.Model.CheckpointFile))
        {
            var copy = _folder.File(Path.GetRelativePath(tiny.Model.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private void WriteShards(string? extraKey = null)
    {
        const int shards = 3;
        using var source = SafetensorsFile.Open(tiny.Model.CheckpointFile);
        var keys = source.Header.Tensors.Keys.Order(StringComparer.Ordinal).ToList();
        var map = keys.Select((key, index) => (key, Shard: $"model-{index % shards}.safetensors"))
            .ToDictionary(entry => entry.key, entry => entry.Shard);
        foreach (var shard in map.GroupBy(entry => entry.Value))
        {
            var tensors = shard.Select(entry => SafetensorsTensors.ToWrite(entry.Key, source.ReadTensor(entry.Key)));
            SafetensorsWriter.Write(_folder.File(shard.Key), tensors, shard.Key == "model-1.safetensors" ? source.Header.Metadata : null);
        }

        if (extraKey is not null)
            map[extraKey] = "model-0.safetensors";
        File.WriteAllText(_folder.File("model.safetensors.index.json"), JsonSerializer.Serialize(new { weight_map = map }));
    }

    private void AssertRendersAlike(ModelFolder model)
    {
        using var released = new StageRunner(tiny.Model);
        using var other = new StageRunner(model);
        var expected = ClipStages.Run(released, Small, _folder.File("expected"));
        var actual = ClipStages.Run(other, Small, _folder.File("actual"));
        Assert.All(expected, artefact => Assert.Equal(File.ReadAllBytes(artefact.Value), File.ReadAllBytes(actual[artefact.Key])));
    }
}
