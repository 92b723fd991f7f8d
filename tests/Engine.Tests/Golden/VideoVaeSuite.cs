using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.VideoVae;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/video_vae: encoder and decoder.</summary>
public sealed class VideoVaeSuite : IGoldenSuite
{
    private const double DecoderTolerance = 1e-4;
    private const double EncoderTolerance = 2e-5;

    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (Directory.Exists(Path.Combine(root, "video_vae", "decoder", "timestep")))
            yield return new GoldenCase("video_vae/decoder/timestep", DecodeAtTimesteps);
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
        weights.RequireAllUsed(UnusedStatistics.Contains);
        run.Close(io, "out.frames", decoder.forward(io.ReadTensor("in.latent")), DecoderTolerance);
    }

    /// <summary>Decodes a long clip untiled, with the weights of the decoder's case.</summary>
    internal static void DecodeLong(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        var file = run.Open(Path.Combine("..", "..", "decoder", Path.GetFileName(run.Folder), "weights.safetensors"));
        using var decoder = new VideoDecoder(new WeightScope(new CheckpointWeights(file), run.Compute), Config(file));
        CompareSampled(run, io, decoder.forward(io.ReadTensor("in.latent")), every: 5);
    }

    /// <summary>
    /// Checks that the last latent frame, preceded by the reference's number of context frames, decodes as in the complete clip.
    /// </summary>
    internal static void DecodeWithContext(GoldenRun run)
    {
        var contexts = run.Json("exact_decode.json").GetProperty("exact_context_latent_frames_each_side");
        foreach (var version in new[] { "ltx20", "ltx23" })
        {
            var file = run.Open(Path.Combine("decoder", version, "weights.safetensors"));
            using var decoder = new VideoDecoder(new WeightScope(new CheckpointWeights(file), run.Compute), Config(file));
            var io = run.Open(Path.Combine("long_untiled", version, "io.safetensors"));
            var (latent, expected) = (io.ReadTensor("in.latent"), io.ReadTensor("out.frames"));
            var context = contexts.GetProperty(version).GetInt64();
            var slice = TensorIndex.Slice(null, null, 5);
            var frames = decoder.forward(latent.narrow(2, latent.shape[2] - 1 - context, context + 1)).index(
                TensorIndex.Ellipsis, slice, slice);
            const int last = LatentSize.TimeScale;
            run.Close(
                $"{version}: last frames", frames.narrow(2, frames.shape[2] - last, last),
                expected.narrow(2, expected.shape[2] - last, last), DecoderTolerance);
        }
    }

    /// <summary>Compares every n-th row and column, as kept by the reference, and the means over all pixels.</summary>
    internal static void CompareSampled(GoldenRun run, SafetensorsFile io, Tensor frames, long every)
    {
        var slice = TensorIndex.Slice(null, null, every);
        run.Close(io, "out.frames", frames.index(TensorIndex.Ellipsis, slice, slice), DecoderTolerance);
        run.Close(io, "out.frame_means", frames.to(ScalarType.Float32).mean([3, 4]), DecoderTolerance);
    }

    private static void DecodeAtTimesteps(GoldenRun run)
    {
        const float noiseScale = 0.025f;
        var io = run.Open("io.safetensors");
        var file = run.Open("weights.safetensors");
        var weights = new CheckpointWeights(file);
        using var decoder = new VideoDecoder(new WeightScope(weights, run.Compute), Config(file));
        weights.RequireAllUsed(UnusedStatistics.Contains);
        var (latent, noise) = (io.ReadTensor("in.latent"), io.ReadTensor("in.noise"));
        run.Close(io, "out.frames_noise0_t0.05", decoder.forward(latent), DecoderTolerance);
        run.Close(io, "out.frames_noise0_t0.3", decoder.Forward(latent, 0.3f), DecoderTolerance);
        run.Close(
            io, "out.frames_noise0.025_t0.05",
            decoder.Forward(noise * noiseScale + latent * (1 - noiseScale), VideoDecoder.DefaultTimestep), DecoderTolerance);
    }

    private static void Encode(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        var file = run.Open("weights.safetensors");
        var weights = new CheckpointWeights(file);
        using var encoder = new VideoEncoder(new WeightScope(weights, run.Compute), Config(file));
        weights.RequireAllUsed(UnusedStatistics.Contains);
        run.Close(io, "out.image_latent", encoder.forward(io.ReadTensor("in.image")), EncoderTolerance);
        run.Close(io, "out.video_latent", encoder.forward(io.ReadTensor("in.video")), EncoderTolerance);
    }
}
