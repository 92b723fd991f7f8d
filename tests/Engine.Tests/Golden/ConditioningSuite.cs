using System.Text.Json;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Conditioning;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/conditioning: conditioning items applied to a small state, followed by the noiser.</summary>
public sealed class ConditioningSuite : IGoldenSuite
{
    private const double Tolerance = 1e-6;

    private static readonly VideoGrid Grid = new(new LatentSize(3, 2, 3), 4, 24);
    private static readonly AudioGrid Audio = new(6, 2, 3);

    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (Directory.Exists(Path.Combine(root, "conditioning")))
            yield return new GoldenCase("conditioning", Check);
    }

    private static void Check(GoldenRun run)
    {
        var file = run.Open("conditioning.safetensors");
        var scales = run.Json("cases.json").GetProperty("noise_scale");
        var initial = Grid.State(file.ReadTensor("in.initial_latent"));

        foreach (var (name, items) in Items(file))
        {
            var state = items.Aggregate(Grid.State(), (so, item) => item.Apply(so, Grid));
            Compare(run, file, scales, name, state);
        }

        Compare(run, file, scales, "initial", initial);
        Compare(run, file, scales, "latent_idx0.s1.initial", new ReplaceLatentFrames(file.ReadTensor("in.image"), 0, 1)
            .Apply(initial, Grid));
        Compare(run, file, scales, "temporal_region.0.3_0.6", new RegenerateInterval(0.3, 0.6).Apply(initial));
        CheckCleared(run, file);

        var audio = Audio.State(file.ReadTensor("in.audio_initial"));
        Compare(run, file, scales, "audio.empty", Audio.State());
        Compare(run, file, scales, "audio.initial", audio);
        Compare(run, file, scales, "audio.temporal_region.0.05_0.12", new RegenerateInterval(0.05, 0.12).Apply(audio));
    }

    private static IEnumerable<(string Name, IConditioningItem[] Items)> Items(SafetensorsFile file)
    {
        var (image, keyframe, video2) = (file.ReadTensor("in.image"), file.ReadTensor("in.keyframe"), file.ReadTensor("in.video2"));
        var reference = file.ReadTensor("in.reference");
        yield return ("empty", []);
        yield return ("latent_idx0.s1", [new ReplaceLatentFrames(image, 0, 1)]);
        yield return ("latent_idx0.s0.7", [new ReplaceLatentFrames(image, 0, 0.7)]);
        yield return ("latent_idx1.video2.s1", [new ReplaceLatentFrames(video2, 1, 1)]);
        yield return ("keyframe.idx0.s1", [new AppendKeyframe(keyframe, 0, 1)]);
        yield return ("keyframe.idx16.s1", [new AppendKeyframe(keyframe, 16, 1)]);
        yield return ("keyframe.idx16.s1.wide_span", [new AppendKeyframe(keyframe, 16, 1, PixelFrames: 8)]);
        yield return ("keyframe.idx9.s0.8", [new AppendKeyframe(keyframe, 9, 0.8)]);
        yield return ("keyframe.video2.idx8.npix1", [new AppendKeyframe(video2, 8, 1)]);
        yield return ("keyframe.video2.idx8.npix9", [new AppendKeyframe(video2, 8, 1, PixelFrames: 9)]);
        yield return ("reference.s1", [new AppendReference(reference)]);
        yield return ("reference.attn0.5", [new AppendReference(reference, AttentionStrength: 0.5)]);
        yield return ("reference.attn_tensor", [new AppendReference(reference, AttentionWeights: file.ReadTensor("in.attn_per_token"))]);
        yield return ("reference.down2.s0.9", [new AppendReference(file.ReadTensor("in.reference_small"), 0.9, DownscaleFactor: 2)]);
        yield return ("reference.temporal4", [new AppendReference(file.ReadTensor("in.reference_temporal"), TemporalScaleFactor: 4)]);
        yield return ("stack.image_keyframe_refattn_keyframe", Stack(file));
    }

    private static IConditioningItem[] Stack(SafetensorsFile file)
    {
        var (image, keyframe) = (file.ReadTensor("in.image"), file.ReadTensor("in.keyframe"));
        return
        [
            new ReplaceLatentFrames(image, 0, 1),
            new AppendKeyframe(keyframe, 16, 0.8),
            new AppendReference(file.ReadTensor("in.reference_small"), DownscaleFactor: 2, AttentionStrength: 0.25),
            new AppendKeyframe(image, 12, 1),
        ];
    }

    private static void CheckCleared(GoldenRun run, SafetensorsFile file)
    {
        var cleared = Stack(file).Aggregate(Grid.State(), (so, item) => item.Apply(so, Grid)).Cleared(Grid.Tokens);
        run.Close(file, "clear.denoise_mask", cleared.DenoiseMask, 0);
        run.Close(file, "clear.latent", cleared.Latent, 0);
        run.Close(file, "clear.positions", cleared.Positions, Tolerance);
    }

    private static void Compare(GoldenRun run, SafetensorsFile file, JsonElement scales, string name, LatentState state)
    {
        run.Close(file, $"{name}.latent", state.Latent, 0);
        run.Close(file, $"{name}.denoise_mask", state.DenoiseMask, Tolerance);
        run.Close(file, $"{name}.positions", state.Positions, Tolerance);
        run.Close(file, $"{name}.clean_latent", state.Clean, 0);
        if (file.Header.Tensors.ContainsKey($"{name}.attention_mask"))
            run.Close(file, $"{name}.attention_mask", state.AttentionWeights ?? zeros(0), Tolerance);
        else
            run.Exact($"{name} has attention weights", state.AttentionWeights is not null, false);
        var scale = scales.TryGetProperty(name, out var listed) ? listed.GetDouble() : 1;
        run.Close(file, $"{name}.noised_latent", Noiser.Apply(state, file.ReadTensor($"{name}.noise"), scale).Latent, Tolerance);
    }
}
