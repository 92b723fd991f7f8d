using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Conditioning;
using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/denoise_loop: whole distilled loops of the video stream, from conditioning to the final latent.</summary>
public sealed class DenoiseLoopSuite : IGoldenSuite
{
    private const double Tolerance = 1e-4;

    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (File.Exists(Path.Combine(root, "denoise_loop", "video_only.safetensors")) && Directory.Exists(Path.Combine(root, "dit", "video_only")))
            yield return new GoldenCase("denoise_loop/video_only.safetensors", VideoOnly);
    }

    private static void VideoOnly(GoldenRun run)
    {
        var io = run.Open("video_only.safetensors");
        var config = run.Json("config.json").GetProperty("video_only");
        var grid = config.GetProperty("grid");
        var size = new LatentSize(grid.GetProperty("F").GetInt32(), grid.GetProperty("H").GetInt32(), grid.GetProperty("W").GetInt32());
        using var transformer = TransformerSuite.Load(run.Open(Path.Combine("..", "dit", "video_only", "model.safetensors")), run);
        var loop = new DenoiseLoop(transformer, CPU);
        var video = new VideoGrid(size, 16, grid.GetProperty("fps").GetDouble());

        Check("distilled_t2v", video.State(), io.ReadTensor("in.noise"), DistilledSigmas.Stage1, 1);
        var conditioned = new ReplaceLatentFrames(io.ReadTensor("in.image_latent"), 0, 1).Apply(video.State(), video);
        conditioned = new AppendKeyframe(io.ReadTensor("in.keyframe_latent"), config.GetProperty("keyframe_frame_idx").GetInt32(), config.GetProperty("keyframe_strength").GetDouble()).Apply(conditioned, video);
        Check("distilled_i2v_keyframe", conditioned, io.ReadTensor("in.noise_i2v"), DistilledSigmas.Stage1, 1);
        Check("stage2_refine", video.State(io.ReadTensor("in.stage2_initial_latent")), io.ReadTensor("in.noise_stage2"), DistilledSigmas.Stage2, DistilledSigmas.Stage2[0]);

        void Check(string name, LatentState state, Tensor noise, IReadOnlyList<float> sigmas, float noiseScale)
        {
            var noised = Noiser.Apply(state, noise, noiseScale);
            CheckInitial(run, io, name, noised);
            var final = loop.Run(noised, io.ReadTensor("in.context"), sigmas, (index, denoised, latent) =>
            {
                run.Close(io, $"{name}.step{index:00}.video.denoised", denoised, Tolerance);
                run.Close(io, $"{name}.step{index:00}.video.latent", latent, Tolerance);
            });
            run.Close(io, $"{name}.final.video.latent", video.Latent(final), Tolerance);
        }
    }

    private static void CheckInitial(GoldenRun run, SafetensorsFile io, string name, LatentState noised)
    {
        run.Close(io, $"{name}.init.video.latent", noised.Latent, 1e-6);
        run.Close(io, $"{name}.init.video.denoise_mask", noised.DenoiseMask, 1e-6);
        run.Close(io, $"{name}.init.video.positions", noised.Positions, 1e-6);
        run.Close(io, $"{name}.init.video.clean_latent", noised.Clean, 1e-6);
    }
}
