using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.VideoVae;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/video_vae: encoder and decoder.</summary>
public sealed class VideoVaeSuite : IGoldenSuite
{
    private const double DecoderTolerance = 1e-4;
    private const double EncoderTolerance = 2e-5;

    public IEnumerable<GoldenCase> Discover(string root)
    {
        foreach (var name in new[] { "ltx20", "ltx23" })
        {
            if (Directory.Exists(Path.Combine(root, "video_vae", "decoder", name)))
                yield return new GoldenCase($"video_vae/decoder/{name}", Decode);
            if (Directory.Exists(Path.Combine(root, "video_vae", "encoder", name)))
                yield return new GoldenCase($"video_vae/encoder/{name}", Encode);
        }
    }

    internal static VideoVaeConfig Config(SafetensorsFile file) =>
        VideoVaeConfig.Parse(ConfigSection.Parse(file.Path, file.Header.Metadata["config"]).Section("vae"));

    private static void Decode(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        var file = run.Open("weights.safetensors");
        var weights = new CheckpointWeights(file);
        using var decoder = new VideoDecoder(new WeightScope(weights, run.Compute), Config(file));
        weights.RequireAllUsed(CheckpointKeys.IsUnusedStatistic);
        run.Close(io, "out.frames", decoder.forward(io.ReadTensor("in.latent")), DecoderTolerance);
    }

    private static void Encode(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        var file = run.Open("weights.safetensors");
        var weights = new CheckpointWeights(file);
        using var encoder = new VideoEncoder(new WeightScope(weights, run.Compute), Config(file));
        weights.RequireAllUsed(CheckpointKeys.IsUnusedStatistic);
        run.Close(io, "out.image_latent", encoder.forward(io.ReadTensor("in.image")), EncoderTolerance);
        run.Close(io, "out.video_latent", encoder.forward(io.ReadTensor("in.video")), EncoderTolerance);
    }
}
