using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>
/// golden/training/gradients, predictions only: transformers of golden/dit with the adapters of the official trainer's forward
/// evaluation, merged and unmerged.
/// </summary>
public sealed class AdaptedTransformerSuite : IGoldenSuite
{
    // Tolerance of golden/dit: the same transformer evaluations, with adapters.
    private const double Tolerance = 2e-5;

    public IEnumerable<GoldenCase> Discover(string root)
    {
        var cases = Path.Combine(root, "training", "gradients");
        return Directory.Exists(cases)
            ? from folder in Directory.GetDirectories(cases)
              where File.Exists(Path.Combine(folder, "lora.safetensors"))
              select new GoldenCase($"training/gradients/{Path.GetFileName(folder)}/lora.safetensors", Predict)
            : [];
    }

    private static void Predict(GoldenRun run)
    {
        var config = run.Json("config.json");
        var io = run.Open("io.safetensors");
        var model = run.Open(Path.Combine("..", "..", "..", "dit", config.GetProperty("model").GetString()!, "model.safetensors"));
        using var adapter = LoraAdapter.Open(Path.Combine(run.Folder, "lora.safetensors"));
        run.Exact("adapted layers", adapter.Layers.Count * 2, config.GetProperty("lora_tensors").GetInt32());

        // The trainer's files contain no alpha: its training scale is passed as the strength (docs/reference/training.md, section 3).
        AdapterStrength[] adapters = [new(adapter, config.GetProperty("scaling").GetDouble())];
        foreach (var placement in Enum.GetValues<LoraPlacement>())
        {
            using var transformer = Load(run, model, adapters, placement);
            using var predicted =
                transformer.Forward(Input(io, transformer, "video"), Input(io, transformer, "audio"), perturbations: null);
            foreach (var (modality, velocity) in new[] { ("video", predicted.Video), ("audio", predicted.Audio) })
            {
                if (velocity is null)
                    continue;
                using var expected = io.ReadTensor($"pred.{modality}");
                run.Close($"{placement}: pred.{modality}", velocity, expected, Tolerance);
            }
        }
    }

    private static LtxTransformer Load(
        GoldenRun run, SafetensorsFile model, IReadOnlyList<AdapterStrength> adapters, LoraPlacement placement)
    {
        var config = TransformerConfig.Parse(ConfigSection.Parse(model.Path, model.Header.Metadata["config"]).Section("transformer"));
        var weights = new LoraWeights(new CheckpointWeights(model), adapters, placement);
        var transformer = new LtxTransformer(new WeightScope(weights, run.Compute, LtxTransformer.KeyPrefix), config);
        weights.RequireAllUsed();
        return transformer;
    }

    private static ModalityInput? Input(SafetensorsFile io, LtxTransformer transformer, string modality)
    {
        if (!io.Header.Tensors.ContainsKey($"in.{modality}.latent"))
            return null;
        var positions = Read("positions");
        return new ModalityInput(
            Read("latent"), Read("timesteps"), Read("sigma"),
            modality == "video" ? transformer.VideoRotation(positions) : transformer.AudioRotation(positions), Read("context"),
            Read("context_mask"));

        Tensor Read(string name) => io.ReadTensor($"in.{modality}.{name}");
    }
}
