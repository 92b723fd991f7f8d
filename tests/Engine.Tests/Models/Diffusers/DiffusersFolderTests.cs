using System.Text.Json;
using System.Text.Json.Nodes;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Diffusers;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Tests.Checkpoints.Layouts;
using MlxVideo.Engine.Tests.Golden;
using MlxVideo.Engine.Tests.Stages;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Tests.Models.Diffusers;

/// <summary>Folders in the diffusers layout.</summary>
public sealed class DiffusersFolderTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private const string TinyConfig =
        """
        {
          "transformer": {
            "in_channels": 8, "out_channels": 8, "num_attention_heads": 2, "attention_head_dim": 32, "cross_attention_dim": 64, "num_layers": 3,
            "audio_in_channels": 32, "audio_out_channels": 32, "audio_num_attention_heads": 2, "audio_attention_head_dim": 16, "audio_cross_attention_dim": 32,
            "caption_channels": 32, "qk_norm": "rms_norm_across_heads", "rope_type": "split", "rope_double_precision": true
          },
          "connectors": {
            "video_connector_num_attention_heads": 2, "video_connector_attention_head_dim": 16, "video_connector_num_layers": 2,
            "video_connector_num_learnable_registers": 128, "audio_connector_num_attention_heads": 2, "audio_connector_attention_head_dim": 16
          },
          "vae": {
            "latent_channels": 8, "decoder_causal": false, "block_out_channels": [16, 32, 64, 64], "layers_per_block": [1, 1, 1, 1, 1],
            "downsample_type": ["spatial", "temporal", "spatiotemporal", "spatiotemporal"], "decoder_block_out_channels": [8, 16, 32],
            "decoder_layers_per_block": [1, 1, 1, 1], "upsample_residual": [false, false, false], "upsample_factor": [2, 2, 2]
          },
          "audio_vae": {
            "base_channels": 32, "output_channels": 2, "ch_mult": [1, 1, 2], "num_res_blocks": 1, "attn_resolutions": null, "latent_channels": 2,
            "mel_bins": 64, "mid_block_add_attention": false, "norm_type": "pixel", "causality_axis": "height", "sample_rate": 16000
          },
          "vocoder": {
            "hidden_channels": 64, "upsample_kernel_sizes": [16, 15, 8, 4, 4], "upsample_factors": [6, 5, 2, 2, 2], "resnet_kernel_sizes": [3, 7, 11],
            "resnet_dilations": [[1, 3, 5], [1, 3, 5], [1, 3, 5]], "output_sampling_rate": 24000
          },
          "latent_upsampler": { "in_channels": 8, "mid_channels": 32, "num_blocks_per_stage": 1, "rational_spatial_scale": 2.0, "use_rational_resampler": true, "spatial_upsample": true }
        }
        """;

    private static readonly (string Component, string[] Prefixes)[] Components =
    [
        ("connectors",
            ["text_embedding_projection.", "model.diffusion_model.video_embeddings_connector.",
                "model.diffusion_model.audio_embeddings_connector."]),
        ("transformer", ["model.diffusion_model."]), ("vae", ["vae."]), ("audio_vae", ["audio_vae."]), ("vocoder", ["vocoder."]),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ltx-2.0-19b")]
    [InlineData("ltx-2.3-22b")]
    public void Translated_configurations_match_the_released_weights(string version)
    {
        WriteConfigs(
            File.ReadAllText(Path.Combine(GoldenRoot.Checkout(), "tests", "Engine.Tests", "Models", "Diffusers", $"{version}.json")));
        var released = File.ReadAllText(GoldenRoot.Path("manifest", $"{version}.config.json"));
        var translated = DiffusersConfiguration.Read(_folder.Path).Json.GetRawText();
        foreach (
            var component in new[] { "transformer", "text_connectors", "video_vae_encoder", "video_vae_decoder", "audio_vae_encoder",
                "audio_vae_decoder", "vocoder" })
            Assert.Equal(Listed(component, released), Listed(component, translated));

        var (expected, actual) = (Configs(released), Configs(translated));
        Assert.Equal(JsonSerializer.Serialize(expected.Transformer), JsonSerializer.Serialize(actual.Transformer));
        Assert.Equal(JsonSerializer.Serialize(expected.AudioVae), JsonSerializer.Serialize(actual.AudioVae));
        Assert.True(DiffusersConfiguration.ReadUpsampler(_folder.Path).Boolean("spatial_upsample", false));
    }

    [Fact]
    public void Diffusers_folder_renders_the_same_clip_as_a_single_file()
    {
        WriteTiny();
        var model = ModelFolder.Open(_folder.Path);
        using var released = new StageRunner(tiny.Model);
        using var other = new StageRunner(model);
        var clip = new RenderSettings { Prompt = "A red fox.", Width = 64, Height = 64, NumFrames = 9, Seed = 3 };
        var expected = ClipStages.Run(released, clip, _folder.File("expected"));
        var actual = ClipStages.Run(other, clip, _folder.File("actual"));
        Assert.All(expected, artefact => Assert.Equal(File.ReadAllBytes(artefact.Value), File.ReadAllBytes(actual[artefact.Key])));
    }

    [Fact]
    public void Copy_of_the_folder_is_complete()
    {
        WriteTiny();
        ModelLoader.Check(ModelCopy.Of(ModelFolder.Open(_folder.Path), _folder.File("copy")));
    }

    [Fact]
    public void Surplus_weight_is_reported_under_its_diffusers_name()
    {
        WriteTiny(extraConnector: "video_connector.transformer_blocks.7.attn1.norm_q.weight");
        var ex = Assert.Throws<CheckpointException>(() => new StageRunner(ModelFolder.Open(_folder.Path)));
        Assert.Contains("1 not used by the model: video_connector.transformer_blocks.7.attn1.norm_q.weight", ex.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("latent_upsampler", "The configuration of latent_upsampler is missing")]
    [InlineData("connectors", "The configuration of connectors is missing")]
    public void Missing_component_configuration_is_reported(string component, string reason)
    {
        WriteTiny();
        File.Delete(_folder.File(Path.Combine(component, "config.json")));
        Assert.Contains(reason, Assert.Throws<CheckpointException>(() => ModelFolder.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    private static List<string> Listed(string component, string config) =>
        ManifestSuite.Shapes(component, config).Select(weight => $"{weight.Key} [{string.Join(", ", weight.Value)}]")
            .Order(StringComparer.Ordinal).ToList();

    private static ModelConfigs Configs(string checkpoint) =>
        new(ConfigSection.Parse("checkpoint", checkpoint), [], ConfigSection.Parse("gemma", "{}"));

    private void WriteConfigs(string configs)
    {
        foreach (var (component, config) in JsonNode.Parse(configs)!.AsObject())
        {
            Directory.CreateDirectory(_folder.File(component));
            File.WriteAllText(_folder.File(Path.Combine(component, "config.json")), config!.ToJsonString());
        }
    }

    private void WriteTiny(string? extraConnector = null)
    {
        WriteConfigs(TinyConfig);
        using var source = SafetensorsFile.Open(tiny.Model.CheckpointFile);
        var rest = source.Header.Tensors.Keys.Order(StringComparer.Ordinal).ToList();
        foreach (var (component, prefixes) in Components)
        {
            var keys = rest.Where(key => prefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal))).ToList();
            rest.RemoveAll(keys.Contains);
            var tensors = keys.Select(
                key => SafetensorsTensors.ToWrite(ForeignKeyNames.Diffusers(component, key, downBlocks: 9), source.ReadTensor(key)))
                    .ToList();
            if (component == "connectors" && extraConnector is not null)
                tensors.Add(SafetensorsTensors.ToWrite(extraConnector, TorchSharp.torch.zeros(4)));
            WriteComponent(component, tensors, shards: component == "transformer" ? 2 : 1);
        }

        File.Copy(tiny.Model.UpsamplerFiles[0], _folder.File(Path.Combine("latent_upsampler", "diffusion_pytorch_model.safetensors")));
        Directory.CreateDirectory(_folder.File("text_encoder"));
        foreach (var file in tiny.Model.GemmaFiles.Append(tiny.Model.GemmaConfigFile))
            File.Copy(file, _folder.File(Path.Combine("text_encoder", Path.GetFileName(file))));
        Directory.CreateDirectory(_folder.File("tokenizer"));
        File.Copy(tiny.Model.TokenizerFile, _folder.File(Path.Combine("tokenizer", Path.GetFileName(tiny.Model.TokenizerFile))));
    }

    private void WriteComponent(string component, IReadOnlyList<TensorToWrite> tensors, int shards)
    {
        const string name = "diffusion_pytorch_model";
        if (shards == 1)
        {
            SafetensorsWriter.Write(_folder.File(Path.Combine(component, $"{name}.safetensors")), tensors);
            return;
        }

        var map = new Dictionary<string, string>();
        foreach (var (index, shard) in tensors.Chunk((tensors.Count + shards - 1) / shards).Index())
        {
            var file = $"{name}-{index + 1:00000}-of-{shards:00000}.safetensors";
            SafetensorsWriter.Write(_folder.File(Path.Combine(component, file)), shard);
            foreach (var tensor in shard)
                map[tensor.Name] = file;
        }

        File.WriteAllText(
            _folder.File(Path.Combine(component, $"{name}.safetensors.index.json")), JsonSerializer.Serialize(new { weight_map = map }));
    }
}
