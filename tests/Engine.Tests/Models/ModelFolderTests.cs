using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Models;
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
        Assert.Equal(_folder.File("ltx-2-spatial-upscaler-x2-1.0.safetensors"), model.UpsamplerFile);
        Assert.Equal(8, model.Configs.Upsampler.Integer("in_channels"));
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
    [InlineData("ltx-2-spatial-upscaler-x2-1.0.safetensors", "has no spatial upsampler")]
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
    public void Folder_with_two_checkpoints_is_refused()
    {
        Write("ltx-2-19b-dev.safetensors", """{"transformer":{}}""");
        AssertRefused("more than one checkpoint");
        AssertRefused("ltx-2-19b-dev.safetensors, ltx-2-19b-distilled.safetensors");
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

    public void Dispose() => _folder.Dispose();

    private void AssertRefused(string message) =>
        Assert.Contains(message, Assert.Throws<CheckpointException>(() => ModelFolder.Open(_folder.Path)).Message);

    private void Write(string name, string? config, string version = "2.0.0", string key = "a")
    {
        var metadata = config is null ? null : new Dictionary<string, string> { ["config"] = config, ["model_version"] = version };
        SafetensorsWriter.Write(_folder.File(name), [TensorToWrite.Of<float>(key, TensorDtype.F32, [1], new float[1])], metadata);
    }
}
