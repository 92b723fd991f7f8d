using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Tests.Checkpoints.Layouts;
using MlxVideo.Engine.Tests.Golden;
using MlxVideo.Engine.Tests.Stages;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Models;

/// <summary>Folders in the layout of mlx-video's conversion.</summary>
public sealed class MlxFolderTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Unified_file_renders_the_same_clip_as_the_released_file()
    {
        WriteUnified(withConfiguration: true);
        AssertRendersAlike();
    }

    [Fact]
    public void Transformer_file_with_component_folders_renders_the_same_clip_as_the_released_file()
    {
        WriteParts();
        AssertRendersAlike();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Copy_of_the_folder_is_complete(bool isUnified)
    {
        if (isUnified)
            WriteUnified(withConfiguration: true);
        else
            WriteParts();
        File.WriteAllText(_folder.File("quantization.json"), """{"group_size":64,"bits":4,"mode":"affine","dtype":"bfloat16"}""");
        var copy = ModelCopy.Of(ModelFolder.Open(_folder.Path), _folder.File("copy"));
        ModelLoader.Check(copy);
        Assert.NotNull(copy.TransformerQuantization);
    }

    [Fact]
    public void Released_configuration_is_assumed_if_the_folder_has_none()
    {
        WriteUnified(withConfiguration: false);
        var model = ModelFolder.Open(_folder.Path);
        var released = ConfigSection.Parse("released", File.ReadAllText(GoldenRoot.Path("manifest", "ltx-2.0-19b.config.json")));
        Assert.Equal(
            System.Text.Json.JsonSerializer.Serialize(released.Json),
            System.Text.Json.JsonSerializer.Serialize(model.Configs.Checkpoint.Json));
        Assert.StartsWith("the configuration of ltx-2.0-19b: ", Assert.Throws<CheckpointException>(() => ModelLoader.Check(model)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Quantization_is_read_from_quantization_json()
    {
        WriteUnified(withConfiguration: true);
        File.WriteAllText(_folder.File("quantization.json"), """{"group_size":64,"bits":4,"mode":"affine","dtype":"bfloat16","pipeline":"distilled"}""");
        Assert.Equal(4, ModelFolder.Open(_folder.Path).TransformerQuantization!.FormatOf("transformer_blocks.0.attn1.to_q").Bits);
    }

    [Fact]
    public void Adapter_in_the_folder_is_not_treated_as_a_checkpoint_file()
    {
        WriteUnified(withConfiguration: true);
        SafetensorsWriter.Write(
            _folder.File("style.safetensors"),
            [SafetensorsTensors.ToWrite("transformer_blocks.0.attn1.to_q.lora_A.weight", zeros(2, 64)),
                SafetensorsTensors.ToWrite("transformer_blocks.0.attn1.to_q.lora_B.weight", zeros(64, 2))]);
        Assert.Equal(["model.safetensors"], ModelFolder.Open(_folder.Path).CheckpointFiles.Select(Path.GetFileName));
    }

    private void AssertRendersAlike()
    {
        using var released = new StageRunner(tiny.Model);
        using var other = new StageRunner(ModelFolder.Open(_folder.Path));
        var clip = new RenderSettings { Prompt = "A red fox.", Width = 64, Height = 64, NumFrames = 9, Seed = 3 };
        var expected = ClipStages.Run(released, clip, _folder.File("expected"));
        var actual = ClipStages.Run(other, clip, _folder.File("actual"));
        Assert.All(expected, artefact => Assert.Equal(File.ReadAllBytes(artefact.Value), File.ReadAllBytes(actual[artefact.Key])));
    }

    private void CopyWithoutCheckpoint(bool withConfiguration)
    {
        foreach (
            var file in Directory.EnumerateFiles(tiny.Model.Path, "*", SearchOption.AllDirectories)
                .Where(file => file != tiny.Model.CheckpointFile))
        {
            var copy = _folder.File(Path.GetRelativePath(tiny.Model.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        using var source = SafetensorsFile.Open(tiny.Model.CheckpointFile);
        if (withConfiguration)
            File.WriteAllText(_folder.File("embedded_config.json"), source.Header.Metadata[ModelFolder.ConfigKey]);
    }

    private void WriteParts()
    {
        CopyWithoutCheckpoint(withConfiguration: true);
        using var source = SafetensorsFile.Open(tiny.Model.CheckpointFile);
        foreach (var component in source.Header.Tensors.Keys.GroupBy(ComponentOf))
        {
            var file = component.Key == "transformer"
                ? "ltx-2-19b-distilled-mlx.safetensors"
                : Path.Combine(component.Key, "weights.safetensors");
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(file))!);
            SafetensorsWriter.Write(
                _folder.File(file),
                component.Select(key => SafetensorsTensors.ToWrite(NameInPart(component.Key, key), source.ReadTensor(key))));
        }
    }

    private void WriteUnified(bool withConfiguration)
    {
        CopyWithoutCheckpoint(withConfiguration);
        using var source = SafetensorsFile.Open(tiny.Model.CheckpointFile);
        SafetensorsWriter.Write(_folder.File("model.safetensors"), source.Header.Tensors.Keys.Order(StringComparer.Ordinal).Select(key =>
        {
            var tensor = source.ReadTensor(key);
            var axes = ForeignKeyNames.MlxAxes(key, (int)tensor.dim()).Select(axis => (long)axis).ToArray();
            return SafetensorsTensors.ToWrite(ForeignKeyNames.MlxUnified(ComponentOf(key), key), tensor.permute(axes).contiguous());
        }));
    }

    /// <summary>
    /// Returns the key's name in its file: MLX names for the transformer, released names for the connectors, diffusers names otherwise.
    /// </summary>
    private static string NameInPart(string component, string key) => component switch
    {
        "transformer" => ForeignKeyNames.MlxUnified(component, key)["transformer.".Length..],
        "connectors" => key,
        _ => ForeignKeyNames.Diffusers(component, key, downBlocks: 9),
    };

    private static string ComponentOf(string key) =>
        CheckpointSection.Connectors.Owns(key) ? "connectors"
        : CheckpointSection.Transformer.Owns(key) ? "transformer"
        : key.StartsWith("vae.", StringComparison.Ordinal) ? "vae"
        : key.StartsWith("audio_vae.", StringComparison.Ordinal) ? "audio_vae"
        : "vocoder";
}
