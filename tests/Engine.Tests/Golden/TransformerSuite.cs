using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/dit: single forward passes of the transformer.</summary>
public sealed class TransformerSuite : IGoldenSuite
{
    private const double Tolerance = 2e-5;

    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (Directory.Exists(Path.Combine(root, "dit", "video_only")))
            yield return new GoldenCase("dit/video_only", VideoOnly);
    }

    internal static LtxTransformer Load(SafetensorsFile file, GoldenRun run)
    {
        var config = ConfigSection.Parse(file.Path, file.Header.Metadata["config"]);
        var weights = new CheckpointWeights(file);
        var transformer = new LtxTransformer(new WeightScope(weights, run.Compute, LtxTransformer.KeyPrefix), TransformerConfig.Parse(config.Section("transformer")));
        weights.RequireAllUsed(_ => false);
        return transformer;
    }

    private static void VideoOnly(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        using var transformer = Load(run.Open("model.safetensors"), run);
        var main = new TransformerInput(
            io.ReadTensor("in.video.latent"),
            io.ReadTensor("in.video.timesteps").squeeze(-1),
            io.ReadTensor("in.video.positions"),
            io.ReadTensor("in.video.context"),
            io.ReadTensor("in.video.context_mask"));
        Check("main", main);
        Check("nomask", main with { ContextMask = null });
        Check("uniform_t", main with { Timesteps = io.ReadTensor("in.uniform_t.timesteps").squeeze(-1) });
        Check("selfmask", main with { SelfAttentionMask = io.ReadTensor("in.video.attention_mask_for_selfmask") });
        Check("stg_block1", main, new HashSet<int> { 1 });
        Check("t2v", main with { Timesteps = io.ReadTensor("in.video.sigma").unsqueeze(-1) });

        void Check(string name, TransformerInput input, IReadOnlySet<int>? skip = null)
        {
            if (!io.Header.Tensors.ContainsKey($"out.{name}.video.velocity"))
                return;
            var velocity = transformer.Forward(input, skip);
            run.Close(io, $"out.{name}.video.velocity", velocity, Tolerance);
            run.Close(io, $"out.{name}.video.x0", input.Latent - velocity * input.Timesteps.unsqueeze(-1), Tolerance);
        }
    }
}
