using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/dit: single transformer evaluations and their intermediate tensors.</summary>
public sealed class TransformerSuite : IGoldenSuite
{
    public IEnumerable<GoldenCase> Discover(string root)
    {
        foreach (var name in new[] { "video_only", "audio_video", "v2_3" })
        {
            if (Directory.Exists(Path.Combine(root, "dit", name)))
                yield return new GoldenCase($"dit/{name}", name == "video_only" ? VideoOnly : AudioVideo);
        }
    }

    internal static LtxTransformer Load(SafetensorsFile file, GoldenRun run, Func<TransformerConfig, TransformerConfig>? change = null)
    {
        var config = Config(file);
        var weights = new CheckpointWeights(file);
        var transformer =
            new LtxTransformer(new WeightScope(weights, run.Compute, LtxTransformer.KeyPrefix), change?.Invoke(config) ?? config);
        weights.RequireAllUsed(_ => false);
        return transformer;
    }

    internal static TransformerConfig Config(SafetensorsFile file) =>
        TransformerConfig.Parse(ConfigSection.Parse(file.Path, file.Header.Metadata["config"]).Section("transformer"));

    private static void VideoOnly(GoldenRun run)
    {
        using var runs = new DitRuns(run);
        var (video, stg) = (runs.Video!, new HashSet<int> { 1 });
        runs.Check("main", video, null);
        runs.Check("nomask", video with { ContextMask = null }, null);
        runs.Check("uniform_t", video with { Timesteps = runs.Read("in.uniform_t.timesteps").squeeze(-1) }, null);
        runs.Check("selfmask", video with { SelfAttentionWeights = runs.Read("in.video.attention_mask_for_selfmask") }, null);
        runs.Check("stg_block1", video, null, [new Perturbation(SkippedLayer.VideoSelfAttention, stg)]);
        runs.CheckIntermediates();
    }

    private static void AudioVideo(GoldenRun run)
    {
        using var runs = new DitRuns(run);
        var (video, audio) = (runs.Video!, runs.Audio!);
        var stg = run.Json("config.json").GetProperty("run").GetProperty("stg_blocks").EnumerateArray()
            .Select(block => block.GetInt32()).ToHashSet();
        Perturbation[] both = [new(SkippedLayer.VideoSelfAttention, stg), new(SkippedLayer.AudioSelfAttention, stg)];
        var (videoT2v, audioT2v) = (AtSigma(video), AtSigma(audio));

        runs.Check("main", video, audio);
        runs.Check("nomask", video with { ContextMask = null }, audio with { ContextMask = null });
        runs.Check("t2v", videoT2v, audioT2v);
        runs.Check("audio_none", video, null);
        runs.Check("video_none", null, audio);
        runs.Check("audio_disabled", video, audio with { Enabled = false });
        runs.Check("audio_frozen", video, audio with { Timesteps = zeros_like(audio.Timesteps), Sigma = zeros_like(audio.Sigma) });
        runs.Check("stg", video, audio, both);
        runs.Check("stg_video_only", video, audio, [both[0]]);
        runs.Check("stg_all_blocks", video, audio, both.Select(one => one with { Blocks = null }).ToList());
        runs.Check("stg_sample1_only", video, audio, both.Select(one => one with { Samples = new HashSet<int> { 1 } }).ToList());
        runs.Check("modality_isolated", video, audio, Perturbation.IsolatedModalities);
        runs.Check("skip_a2v", video, audio, [new Perturbation(SkippedLayer.AudioToVideo)]);
        runs.Check("skip_v2a_block0", video, audio, [new Perturbation(SkippedLayer.VideoToAudio, new HashSet<int> { 0 })]);
        runs.CheckIntermediates();

        using (runs.With(config => config with { CrossGateTimestepScale = 1 }))
            runs.Check("avca_mult1", video, audio);
        using (runs.With(config => config with { CrossGate = CrossGateSource.OwnTimesteps }))
        {
            runs.Check("legacy_gate", video, audio);
            runs.Check("legacy_gate_t2v", videoT2v, audioT2v);
        }
    }

    private static ModalityInput AtSigma(ModalityInput input) => input with { Timesteps = input.Sigma.unsqueeze(-1) };
}
