using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Text.Connectors;
using MlxVideo.Engine.Text.Gemma;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/gemma3 and golden/connectors: from token ids to contexts.</summary>
public sealed class TextSuite : IGoldenSuite
{
    private const double HiddenTolerance = 1e-4;
    private const double ConnectorTolerance = 1e-5;

    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (Directory.Exists(Path.Combine(root, "gemma3", "text")))
            yield return new GoldenCase("gemma3/text", HiddenStates);
        if (Directory.Exists(Path.Combine(root, "connectors", "ltx20")))
            yield return new GoldenCase("connectors/ltx20", Connectors);
        if (Directory.Exists(Path.Combine(root, "connectors", "encode_e2e")))
            yield return new GoldenCase("connectors/encode_e2e", EndToEnd);
    }

    private static void HiddenStates(GoldenRun run)
    {
        var inputs = run.Open("inputs.safetensors");
        var expected = run.Open("expected.safetensors");
        using var gemma = LoadGemma(run, "config.json", "weights.safetensors");
        var mask = inputs.ReadTensor("attention_mask");

        // Rows of padding are not defined: hold only the others.
        var valid = mask.flatten().nonzero().flatten();
        gemma.Forward(inputs.ReadTensor("input_ids"), mask, (index, state) =>
        {
            using var wanted = expected.ReadTensor($"hidden_states.{index}");
            run.Close($"hidden_states.{index}", state.flatten(0, 1).index_select(0, valid), wanted.flatten(0, 1).index_select(0, valid), HiddenTolerance);
        });
    }

    private static void Connectors(GoldenRun run)
    {
        var inputs = run.Open("inputs.safetensors");
        var expected = run.Open("expected.safetensors");
        var config = run.Json("config.json");
        var states = inputs.ReadTensor("hidden_states");
        var mask = inputs.ReadTensor("attention_mask");
        var file = run.Open("weights.safetensors");
        var weights = new CheckpointWeights(file);
        var connectors = LoadConnectors(weights, run, config.GetProperty("hidden_size").GetInt64(), (int)states.shape[0], ConfigOf(run));

        var features = Enumerable.Range(0, (int)states.shape[0]).Select(index => connectors.Features.Contribution(index, states[index], mask)).Aggregate((sum, part) => sum + part);
        run.Close(expected, "features", features, ConnectorTolerance);
        run.Close(expected, "video_context", connectors.Video.Forward(features, mask), ConnectorTolerance);
        run.Close(expected, "audio_context", connectors.Audio.Forward(features, mask), ConnectorTolerance);
    }

    private static void EndToEnd(GoldenRun run)
    {
        var gemmaFolder = Path.Combine("..", "..", "gemma3", "text");
        var inputs = run.Open(Path.Combine(gemmaFolder, "inputs.safetensors"));
        var expected = run.Open("expected.safetensors");
        var config = run.Json("config.json");
        using var gemma = LoadGemma(run, Path.Combine(gemmaFolder, "config.json"), Path.Combine(gemmaFolder, "weights.safetensors"));
        var weights = new CheckpointWeights(run.Open("weights.safetensors"));
        var connectors = LoadConnectors(
            weights, run, config.GetProperty("hidden_size").GetInt64(), config.GetProperty("num_hidden_state_layers").GetInt32(), ConfigOf(run));

        var mask = inputs.ReadTensor("attention_mask");
        var features = zeros(1);
        gemma.Forward(inputs.ReadTensor("input_ids"), mask, (index, state) => features = (features + connectors.Features.Contribution(index, state, mask)).MoveToOuterDisposeScope());
        run.Close(expected, "video_context", connectors.Video.Forward(features, mask), ConnectorTolerance);
        run.Close(expected, "audio_context", connectors.Audio.Forward(features, mask), ConnectorTolerance);
    }

    private static GemmaModel LoadGemma(GoldenRun run, string configFile, string weightsFile)
    {
        var config = GemmaConfig.Parse(ConfigSection.Parse(configFile, run.Json(configFile).GetRawText()));
        var weights = new CheckpointWeights(run.Open(weightsFile));
        var gemma = new GemmaModel(new WeightScope(weights, run.Compute, "language_model.model"), config);
        weights.RequireAllUsed(_ => false);
        return gemma;
    }

    private static ConnectorConfig ConfigOf(GoldenRun run)
    {
        var config = run.Json("config.json");
        return new ConnectorConfig(
            config.GetProperty("num_attention_heads").GetInt64(),
            config.GetProperty("attention_head_dim").GetInt64(),
            config.GetProperty("connector_num_layers").GetInt32(),
            config.GetProperty("num_learnable_registers").GetInt64(),
            config.GetProperty("positional_embedding_max_pos")[0].GetDouble());
    }

    private static (FeatureExtractor Features, EmbeddingsConnector Video, EmbeddingsConnector Audio) LoadConnectors(
        CheckpointWeights weights, GoldenRun run, long width, int states, ConnectorConfig config)
    {
        var root = new WeightScope(weights, run.Compute);
        var loaded = (
            new FeatureExtractor(root.Sub(FeatureExtractor.KeyPrefix), width, states),
            new EmbeddingsConnector(root.Sub("model.diffusion_model.video_embeddings_connector"), config),
            new EmbeddingsConnector(root.Sub("model.diffusion_model.audio_embeddings_connector"), config));
        weights.RequireAllUsed(_ => false);
        return loaded;
    }
}
