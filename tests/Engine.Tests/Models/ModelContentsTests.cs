using MlxVideo.Engine.Models;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Tests.Models;

/// <summary>Copies of folders with more than a model.</summary>
public sealed class ModelContentsTests : IDisposable
{
    private const string Index = "model.safetensors.index.json";

    private readonly TemporaryFolder _folder = new();

    public ModelContentsTests()
    {
        Weights("model/distilled.safetensors", "a", """{"transformer":{"num_layers":1},"vae":{}}""");
        Weights("model/upscaler.safetensors", "u", """{"spatial_upsample":true,"in_channels":8}""");
        Text("model/text_encoder/config.json", "{}");
        Text("model/text_encoder/tokenizer.model", "pieces");
        Weights("model/text_encoder/model-00001-of-00002.safetensors", "a");
        Weights("model/text_encoder/model-00002-of-00002.safetensors", "b");
    }

    [Fact]
    public void Copy_has_the_digest_of_the_model_and_nothing_else()
    {
        Weights("model/adapter.safetensors", "some.lora_A.weight");
        Text("model/README.md", "text");
        Text("model/model_index.json", "{}");
        Text($"model/{Index}", """{"weight_map":{"some.lora_A.weight":"adapter.safetensors"}}""");
        Text($"model/text_encoder/{Index}", """
            {"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}
            """);
        Text("model/text_encoder/tokenizer.json", "{}");
        Text("model/.hidden.json", "{}");
        Text("model/._distilled.safetensors", "of macOS");

        Assert.Equal(
            ["distilled.safetensors", "gemma/config.json", "gemma/model-00001-of-00002.safetensors",
                "gemma/model-00002-of-00002.safetensors", $"gemma/{Index}", "gemma/tokenizer.model", "model_index.json",
                "upscaler.safetensors"],
            Copy(new ModelLocation(_folder.File("model"))));
    }

    [Fact]
    public void Copy_has_only_the_chosen_checkpoint_and_needs_no_choice()
    {
        Weights("model/dev.safetensors", "d", """{"transformer":{"num_layers":2},"vae":{}}""");
        Assert.DoesNotContain(
            "distilled.safetensors", Copy(new ModelLocation(_folder.File("model"), _folder.File("model/dev.safetensors"))));
    }

    [Fact]
    public void Copy_includes_a_text_encoder_and_a_tokenizer_in_other_folders()
    {
        Directory.CreateDirectory(_folder.File("elsewhere/tokenizer"));
        Directory.Move(_folder.File("model/text_encoder"), _folder.File("elsewhere/text"));
        File.Move(_folder.File("elsewhere/text/tokenizer.model"), _folder.File("elsewhere/tokenizer/tokenizer.model"));
        Assert.Contains(
            "gemma/tokenizer.model", Copy(new ModelLocation(_folder.File("model"), TextEncoder: _folder.File("elsewhere/text"))));
    }

    public void Dispose() => _folder.Dispose();

    private List<string> Copy(ModelLocation location) =>
        [.. ModelCopy.FilesIn(ModelCopy.Of(ModelFolder.Open(location), _folder.File("copy")).Path)];

    private void Text(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        File.WriteAllText(_folder.File(name), text);
    }

    private void Weights(string name, string key, string? config = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        SafetensorsWriter.Write(
            _folder.File(name), [TensorToWrite.Of<float>(key, TensorDtype.F32, [1], new float[1])],
            config is null ? null : new Dictionary<string, string> { ["config"] = config });
    }
}
