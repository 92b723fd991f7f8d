using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Text.Gemma;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/gemma3: hidden states of padded prompts.</summary>
public sealed class TextGemmaSuite : IGoldenSuite
{
    private const double HiddenTolerance = 1e-4;

    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (Directory.Exists(Path.Combine(root, "gemma3", "text")))
            yield return new GoldenCase("gemma3/text", HiddenStates);
    }

    /// <summary>Loads the tiny Gemma from a folder relative to the case's folder.</summary>
    internal static GemmaModel Load(GoldenRun run, string folder = "")
    {
        var config = GemmaConfig.Parse(ConfigSection.Parse("config.json", run.Json(Path.Combine(folder, "config.json")).GetRawText()));
        using var files = WeightFiles.Open([Path.Combine(run.Folder, folder, "weights.safetensors")]);
        var weights = new CheckpointWeights(files);
        var root = new WeightScope(weights, run.Compute);
        var gemma = new GemmaModel(root.Sub(GemmaKeys.PrefixIn(root)), config);
        weights.RequireAllUsed(CheckpointSection.Gemma);
        return gemma;
    }

    private static void HiddenStates(GoldenRun run)
    {
        var inputs = run.Open("inputs.safetensors");
        var expected = run.Open("expected.safetensors");
        using var gemma = Load(run);
        var mask = inputs.ReadTensor("attention_mask");

        // Padding rows are undefined: compare only the others.
        var valid = mask.flatten().nonzero().flatten();
        gemma.Forward(inputs.ReadTensor("input_ids"), mask, (index, state) =>
        {
            using var wanted = expected.ReadTensor($"hidden_states.{index}");
            run.Close($"hidden_states.{index}", Rows(state), Rows(wanted), HiddenTolerance);
        });

        Tensor Rows(Tensor batch) => batch.flatten(0, 1).index_select(0, valid);
    }
}
