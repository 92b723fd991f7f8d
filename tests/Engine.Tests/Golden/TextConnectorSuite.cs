using System.Text.Json;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Text;
using MlxVideo.Engine.Text.Connectors;
using MlxVideo.Engine.Text.Tokenization;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/connectors: contexts computed from hidden states or from token ids.</summary>
public sealed class TextConnectorSuite : IGoldenSuite
{
    private const double Tolerance = 1e-5;

    public IEnumerable<GoldenCase> Discover(string root)
    {
        foreach (var name in new[] { "ltx20", "ltx23" })
        {
            if (Directory.Exists(Path.Combine(root, "connectors", name)))
                yield return new GoldenCase($"connectors/{name}", run => FromHiddenStates(run, "weights.safetensors"));
            foreach (var naming in new[] { "diffusers", "mlx_unified" })
            {
                var weights = $"weights_{naming}_names.safetensors";
                if (File.Exists(Path.Combine(root, "connectors", name, weights)))
                    yield return new GoldenCase($"connectors/{name}/{naming}", run => FromHiddenStates(run, weights));
            }
        }

        if (Directory.Exists(Path.Combine(root, "connectors", "encode_e2e")) && Directory.Exists(Path.Combine(root, "gemma3", "text")))
            yield return new GoldenCase("connectors/encode_e2e", FromIds);
    }

    private static void FromHiddenStates(GoldenRun run, string weights)
    {
        var inputs = run.Open("inputs.safetensors");
        var expected = run.Open("expected.safetensors");
        var parts = Parts.Load(run, weights);
        var states = inputs.ReadTensor("hidden_states").to(run.Compute.Dtype).unbind(0);
        var mask = inputs.ReadTensor("attention_mask");

        var normed = stack(states.Select(state => parts.Features.Normalize(state, mask)).ToArray(), -1).flatten(2);
        run.Close(expected, "normed_concat", normed, Tolerance);

        using var sum = parts.Features.Start(mask);
        for (var index = 0; index < states.Length; index++)
            sum.Add(index, states[index]);
        var shared = expected.Header.Tensors.ContainsKey("features");
        run.Close(expected, shared ? "features" : "video_features", sum.Video(), Tolerance);
        run.Close(expected, shared ? "features" : "audio_features", sum.Audio(), Tolerance);
        run.Close(expected, "video_context", parts.Video.Forward(sum.Video(), mask), Tolerance);
        run.Close(expected, "audio_context", parts.Audio.Forward(sum.Audio(), mask), Tolerance);
    }

    private static void FromIds(GoldenRun run)
    {
        var gemmaFolder = Path.Combine("..", "..", "gemma3", "text");
        var inputs = run.Open(Path.Combine(gemmaFolder, "inputs.safetensors"));
        var expected = run.Open("expected.safetensors");
        var parts = Parts.Load(run, "weights.safetensors");
        using var encoder =
            new PromptEncoder(AnyTokenizer(), TextGemmaSuite.Load(run, gemmaFolder), parts.Features, parts.Video, parts.Audio);
        var contexts = encoder.Encode(inputs.ReadTensor("input_ids"), inputs.ReadTensor("attention_mask"));
        run.Close(expected, "video_context", contexts.Video, Tolerance);
        run.Close(expected, "audio_context", contexts.Audio!, Tolerance);
    }

    /// <summary>Returns a placeholder: token ids are given, hence the tokenizer is not used.</summary>
    private static Tokenizer AnyTokenizer() => Tokenizer.Load(GoldenRoot.Path("tokenizer", "tokenizer.model"));

    private sealed record Parts(FeatureExtractor Features, EmbeddingsConnector Video, EmbeddingsConnector Audio)
    {
        public static Parts Load(GoldenRun run, string file)
        {
            var config = run.Json("config.json");
            var weights = new CheckpointWeights(new WeightFiles([run.Open(file)], asReleased: true));
            var root = new WeightScope(weights, run.Compute);
            var (video, audio) = (ConnectorOf(config, "video"), ConnectorOf(config, "audio"));
            var features = new FeatureConfig(
                config.GetProperty("hidden_size").GetInt64(),
                config.GetProperty("num_hidden_state_layers").GetInt32(),
                video.InnerDim,
                audio.InnerDim,
                PerStream: config.TryGetProperty("feature_extractor", out var version) && version.GetString() == "v2");
            var parts = new Parts(
                new FeatureExtractor(root.Sub(FeatureExtractor.KeyPrefix), features),
                new EmbeddingsConnector(root.Sub("model.diffusion_model.video_embeddings_connector"), video),
                new EmbeddingsConnector(root.Sub("model.diffusion_model.audio_embeddings_connector"), audio));
            weights.RequireAllUsed(CheckpointSection.WholeFile);
            return parts;
        }

        /// <summary>Reads a stream's configuration: one section per stream in LTX-2.3 cases, one for both in LTX-2.0 cases.</summary>
        private static ConnectorConfig ConnectorOf(JsonElement config, string stream)
        {
            var heads = config.TryGetProperty(stream, out var section) ? section : config;
            return new ConnectorConfig(
                heads.GetProperty("num_attention_heads").GetInt64(),
                heads.GetProperty("attention_head_dim").GetInt64(),
                config.GetProperty("connector_num_layers").GetInt32(),
                config.GetProperty("num_learnable_registers").GetInt64(),
                config.GetProperty("positional_embedding_max_pos")[0].GetDouble(),
                Gated: config.TryGetProperty("apply_gated_attention", out var gated) && gated.GetBoolean());
        }
    }
}
