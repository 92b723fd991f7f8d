using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Upsampling;
using TorchSharp;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/upsampler: the latent upsamplers, applied between un-normalising and normalising.</summary>
public sealed class UpsamplerSuite : IGoldenSuite
{
    private const double Tolerance = 2e-5;

    public IEnumerable<GoldenCase> Discover(string root) =>
        from name in new[] { "x2", "x1_5", "x2_plain", "temporal_x2" }
        where Directory.Exists(Path.Combine(root, "upsampler", name))
        select new GoldenCase($"upsampler/{name}", Upsample);

    private static void Upsample(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        var file = run.Open("weights.safetensors");
        var weights = new CheckpointWeights(file);
        var config = LatentUpsamplerConfig.Parse(ConfigSection.Parse(file.Path, file.Header.Metadata["config"]));
        using var upsampler = new LatentUpsampler(new WeightScope(weights, run.Compute), config);
        weights.RequireAllUsed(_ => false);

        var mean = io.ReadTensor("stats.mean-of-means").view(1, -1, 1, 1, 1);
        var deviation = io.ReadTensor("stats.std-of-means").view(1, -1, 1, 1, 1);
        var upsampled = upsampler.forward(io.ReadTensor("in.latent_normalized") * deviation + mean);
        run.Close(io, "out.unnormalized", upsampled, Tolerance);
        run.Close(io, "out.latent_normalized", (upsampled - mean) / deviation, Tolerance);
    }
}
