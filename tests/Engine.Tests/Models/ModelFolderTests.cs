using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Tests.Models;

public sealed class ModelFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ModelFolderTests()
    {
        Write("ltx-2-19b-distilled.safetensors", """{"transformer":{"num_layers":1},"vae":{}}""", "2.3.0");
        Write("ltx-2-spatial-upscaler-x2-1.0.safetensors", """{"spatial_upsample":true,"in_channels":8}""");
        Write("ltx-2-temporal-upscaler-x2-1.0.safetensors", """{"spatial_upsample":false,"temporal_upsample":true}""");
        Write("some-lora.safetensors", null);
        Directory.CreateDirectory(_folder.File("text_encoder"));
        File.WriteAllText(_folder.File("text_encoder", "config.json"), "{}");
        File.WriteAllText(_folder.File("text_encoder", "tokenizer.model"), "pieces");
        Write(Path.Combine("text_encoder", "model-00001-of-00002.safetensors"), null);
        Write(Path.Combine("text_encoder", "model-00002-of-00002.safetensors"), null, key: "b");
    }

    [Fact]
    public void Files_are_identified_by_their_embedded_configuration()
    {
        var model = ModelFolder.Open(_folder.Path);
        Assert.Equal(_folder.File("ltx-2-19b-distilled.safetensors"), model.CheckpointFile);
        Assert.Equal("2.3.0", model.Version);
        Assert.Equal(1, model.Configs.Checkpoint.Section("transformer").Integer("num_layers"));
        Assert.Equal(_folder.File("ltx-2-spatial-upscaler-x2-1.0.safetensors"), model.UpsamplerFiles[0]);
        Assert.Equal(8, model.Configs.Upsamplers[0].Integer("in_channels"));
        Assert.Equal(2, model.GemmaFiles.Count);
        Assert.Equal(_folder.File("text_encoder", "tokenizer.model"), model.TokenizerFile);
    }

    [Fact]
    public void Tokenizer_in_a_sibling_folder_of_the_text_encoder_is_found()
    {
        Directory.CreateDirectory(_folder.File("tokenizer"));
        File.Move(_folder.File("text_encoder", "tokenizer.model"), _folder.File("tokenizer", "tokenizer.model"));
        Assert.Equal(_folder.File("tokenizer", "tokenizer.model"), ModelFolder.Open(_folder.Path).TokenizerFile);
    }

    [Fact]
    public void Only_one_set_of_text_encoder_shards_is_used()
    {
        Write(Path.Combine("text_encoder", "diffusion_pytorch_model-00001-of-00001.safetensors"), null);
        Assert.Equal([_folder.File("text_encoder", "diffusion_pytorch_model-00001-of-00001.safetensors")],
            ModelFolder.Open(_folder.Path).GemmaFiles);
    }

    [Theory]
    [InlineData("ltx-2-19b-distilled.safetensors", "has no checkpoint")]
    [InlineData("text_encoder/config.json", "Gemma's configuration is missing")]
    [InlineData("text_encoder/tokenizer.model", "has no tokenizer.model or tokenizer.json")]
    public void Missing_file_is_reported(string file, string message)
    {
        File.Delete(_folder.File(file));
        AssertRefused(message);
    }

    [Fact]
    public void Missing_folder_is_reported()
    {
        var ex = Assert.Throws<CheckpointException>(() => ModelFolder.Open(_folder.File("nowhere")));
        Assert.Contains($"The model folder {_folder.File("nowhere")} does not exist", ex.Message);
        Directory.Delete(_folder.File("text_encoder"), recursive: true);
        AssertRefused("has no folder 'gemma' or 'text_encoder'");
    }

    [Fact]
    public void Folder_with_two_checkpoints_asks_which_one()
    {
        Write("ltx-2-19b-dev.safetensors", """{"transformer":{"num_layers":2}}""");
        AssertRefused("more than one checkpoint");
        AssertRefused("ltx-2-19b-dev.safetensors, ltx-2-19b-distilled.safetensors; choose one with --checkpoint-path");
        foreach (var (name, layers) in new[] { ("ltx-2-19b-dev.safetensors", 2), ("ltx-2-19b-distilled.safetensors", 1) })
        {
            var model = ModelFolder.Open(new ModelLocation(_folder.Path, _folder.File(name)));
            Assert.Equal([_folder.File(name)], model.CheckpointFiles);
            Assert.Equal(layers, model.Configs.Checkpoint.Section("transformer").Integer("num_layers"));
        }

        var upscaler = new ModelLocation(_folder.Path, _folder.File("ltx-2-spatial-upscaler-x2-1.0.safetensors"));
        Assert.Contains("is not a checkpoint", Assert.Throws<CheckpointException>(() => ModelFolder.Open(upscaler)).Message);
    }

    [Fact]
    public void Upsampler_is_required_only_where_it_is_used()
    {
        File.Delete(_folder.File("ltx-2-spatial-upscaler-x2-1.0.safetensors"));
        var model = ModelFolder.Open(_folder.Path);
        Assert.Empty(model.UpsamplerFiles);
        Assert.Empty(model.Configs.Upsamplers);
        Assert.DoesNotContain(model.Files, file => file.Role == "upsampler");
        Assert.Contains("has no spatial upsampler", Assert.Throws<CheckpointException>(() => model.RequireUpsampler(2)).Message);
    }

    [Fact]
    public void Newest_upsampler_of_each_factor_is_used()
    {
        Write("ltx-2-spatial-upscaler-x1.5-1.0.safetensors", """{"spatial_upsample":true,"spatial_scale":1.5}""");
        Write("ltx-2-spatial-upscaler-x2-1.1.safetensors", """{"spatial_upsample":true,"spatial_scale":2.0}""");
        Assert.Equal(
            [_folder.File("ltx-2-spatial-upscaler-x2-1.1.safetensors"), _folder.File("ltx-2-spatial-upscaler-x1.5-1.0.safetensors")],
            ModelFolder.Open(_folder.Path).UpsamplerFiles);
    }

    [Fact]
    public void Text_encoder_can_be_in_another_folder()
    {
        var before = ModelFingerprint.Of(ModelFolder.Open(_folder.Path), new ContentHashCache(_folder.File("hashes")));
        Directory.CreateDirectory(_folder.File("elsewhere"));
        Directory.Move(_folder.File("text_encoder"), _folder.File("elsewhere", "gemma"));
        AssertRefused("--text-encoder-path");
        foreach (var folder in new[] { _folder.File("elsewhere"), _folder.File("elsewhere", "gemma") })
        {
            var model = ModelFolder.Open(new ModelLocation(_folder.Path, TextEncoder: folder));
            Assert.Equal(_folder.File("elsewhere", "gemma"), model.GemmaFolder);
            Assert.Equal(before, ModelFingerprint.Of(model, new ContentHashCache(_folder.File("hashes"))));
        }

        var missing = new ModelLocation(_folder.Path, TextEncoder: _folder.File("nowhere"));
        Assert.Contains("nowhere does not exist", Assert.Throws<CheckpointException>(() => ModelFolder.Open(missing)).Message);
    }

    [Fact]
    public void Truncated_file_is_reported_with_its_path()
    {
        var path = _folder.File("ltx-2-19b-distilled.safetensors");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);
        var ex = Assert.Throws<SafetensorsException>(() => ModelFolder.Open(_folder.Path));
        Assert.Contains(path, ex.Message);
        Assert.Contains("truncated", ex.Message);
    }

    [Fact]
    public void Fingerprint_depends_on_file_contents_but_not_on_file_names()
    {
        var cache = new ContentHashCache(_folder.File("hashes"));
        var before = ModelFingerprint.Of(ModelFolder.Open(_folder.Path), cache);
        File.Move(_folder.File("ltx-2-19b-distilled.safetensors"), _folder.File("model.safetensors"));
        Assert.Equal(before, ModelFingerprint.Of(ModelFolder.Open(_folder.Path), cache));
        File.WriteAllText(_folder.File("text_encoder", "tokenizer.model"), "other pieces");
        Assert.NotEqual(before, ModelFingerprint.Of(ModelFolder.Open(_folder.Path), cache));
    }

    [Fact]
    public void Hash_is_cached_until_the_modification_time_changes()
    {
        var path = _folder.File("file");
        File.WriteAllText(path, "one");
        var changed = File.GetLastWriteTimeUtc(path);
        var cache = new ContentHashCache(_folder.File("hashes"));
        var first = cache.HashOf(path);
        File.WriteAllText(path, "two");
        File.SetLastWriteTimeUtc(path, changed);
        Assert.Equal(first, cache.HashOf(path));
        File.SetLastWriteTimeUtc(path, changed.AddSeconds(1));
        Assert.NotEqual(first, cache.HashOf(path));
    }

    [Fact]
    public void Hash_of_a_link_is_that_of_its_target()
    {
        var (link, one, other) = (_folder.File("link"), _folder.File("one"), _folder.File("other"));
        File.WriteAllText(one, "one");
        File.WriteAllText(other, "two");
        File.CreateSymbolicLink(link, one);
        var cache = new ContentHashCache(_folder.File("hashes"));
        Assert.Null(cache.Find(link));
        Assert.Equal(cache.HashOf(one), cache.Find(link));
        File.Delete(link);
        File.CreateSymbolicLink(link, other);
        Assert.Equal(cache.HashOf(other), cache.HashOf(link));
        Assert.NotEqual(cache.HashOf(one), cache.HashOf(link));
    }

    public void Dispose() => _folder.Dispose();

    private void AssertRefused(string message) =>
        Assert.Contains(message, Assert.Throws<CheckpointException>(() => ModelFolder.Open(_folder.Path)).Message);

    private void Write(string name, string? config, string version = "2.0.0", string key = "a")
    {
        var metadata = config is null ? null : new Dictionary<string, string> { ["config"] = config, ["model_version"] = version };
        SafetensorsWriter.Write(_folder.File(name), [TensorToWrite.Of<float>(key, TensorDtype.F32, [1], new float[1])], metadata);
    }
}
