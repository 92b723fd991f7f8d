using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/patchify: latents to tokens and back, token positions, latent sizes.</summary>
public sealed class PatchifySuite : IGoldenSuite
{
    private const double Tolerance = 1e-6;

    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (Directory.Exists(Path.Combine(root, "patchify")))
            yield return new GoldenCase("patchify", Check);
    }

    private static void Check(GoldenRun run)
    {
        var file = run.Open("patchify.safetensors");
        CheckVideo(run, file, "video.p1", new LatentSize(2, 2, 3), 1);
        CheckVideo(run, file, "video.ramp", new LatentSize(2, 2, 3), 1);
        CheckVideo(run, file, "video.p2", new LatentSize(2, 4, 6), 2);
        CheckPositions(run, file);
        CheckAudio(run, file);
        CheckShapes(run);
    }

    private static void CheckVideo(GoldenRun run, SafetensorsFile file, string name, LatentSize size, int patch)
    {
        var latent = file.ReadTensor($"{name}.latent");
        var tokens = VideoPatches.ToTokens(latent, patch);
        run.Close(file, $"{name}.tokens", tokens, 0);
        run.Close($"{name} and back", VideoPatches.ToLatent(tokens, size, patch), latent, 0);
        if (file.Header.Tensors.ContainsKey($"{name}.latent_coords"))
            run.Close(file, $"{name}.latent_coords", VideoPositions.InCells(size, patch).expand(latent.shape[0], -1, -1, -1), 0);
    }

    private static void CheckPositions(GoldenRun run, SafetensorsFile file)
    {
        var size = new LatentSize(4, 2, 3);
        run.Close(file, "coords.F4H2W3.latent", VideoPositions.InCells(size), 0);
        var pixels = VideoPositions.InPixels(size, causal: true);
        run.Close(file, "coords.F4H2W3.pixel_causal", pixels, 0);
        run.Close(file, "coords.F4H2W3.pixel_noncausal", VideoPositions.InPixels(size, causal: false), 0);
        run.Close(
            file, "coords.F4H2W3.pixel_causal_scale4x16x16", VideoPositions.InPixels(size, causal: true, timeScale: 4, spaceScale: 16), 0);
        run.Close(file, "coords.F4H2W3.seconds.fps23.976", VideoPositions.InSeconds(pixels, 23.976), Tolerance);
        run.Close(file, "coords.F4H2W3.seconds.fps24.0", VideoPositions.InSeconds(pixels, 24), Tolerance);
        run.Close(file, "coords.F4H2W3.seconds.fps25.0", VideoPositions.InSeconds(pixels, 25), Tolerance);
        run.Close(file, "state.F4H2W3.denoise_mask", new VideoGrid(size, 3, 24).State().DenoiseMask, 0);
    }

    private static void CheckAudio(GoldenRun run, SafetensorsFile file)
    {
        var latent = file.ReadTensor("audio.latent");
        var tokens = AudioGrid.ToTokens(latent);
        run.Close(file, "audio.tokens", tokens, 0);
        run.Close("audio.tokens and back", new AudioGrid(5, 8, 16).Latent(tokens), latent, 0);
        run.Close(file, "audio.positions.T12", new AudioGrid(12, 8, 16).Positions(), Tolerance);
        run.Close(file, "audio.positions.T12.noncausal", new AudioGrid(12, 8, 16).Positions(causal: false), Tolerance);
        run.Close(file, "audio.positions.T6.shift3", new AudioGrid(6, 8, 16).Positions(shift: 3), Tolerance);
    }

    private static void CheckShapes(GoldenRun run)
    {
        var shapes = run.Json("shapes.json");
        foreach (var item in shapes.GetProperty("video_pixel_to_latent").EnumerateArray())
        {
            var latent = item.GetProperty("latent").EnumerateArray().Select(value => value.GetInt32()).ToArray();
            var (frames, height, width) =
                (item.GetProperty("frames").GetInt32(), item.GetProperty("height").GetInt32(), item.GetProperty("width").GetInt32());
            run.Exact($"latent of {frames} frames of {width}x{height}", LatentSize.ForPixels(frames, width, height),
                new LatentSize(latent[2], latent[3], latent[4]));
        }

        foreach (var item in shapes.GetProperty("audio_frames_for_video").EnumerateArray())
        {
            var (frames, fps) = (item.GetProperty("frames").GetInt32(), item.GetProperty("fps").GetDouble());
            run.Exact($"audio frames of {frames} at {fps}", AudioLatentSize.FramesForVideo(frames, fps),
                item.GetProperty("latent_frames").GetInt32());
        }
    }
}
