using System.Text.Json;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Conditioning;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/denoise_loop: complete loops from conditioning to the final latents, with every step compared.</summary>
public sealed class DenoiseLoopSuite : IGoldenSuite
{
    private const double Tolerance = 1e-4;
    private const double InputTolerance = 1e-6;

    public IEnumerable<GoldenCase> Discover(string root)
    {
        foreach (var (name, check) in new (string, Action<GoldenRun>)[] { ("video_only", VideoOnly), ("audio_video", AudioVideo) })
        {
            if (File.Exists(Path.Combine(root, "denoise_loop", $"{name}.safetensors")) && Directory.Exists(Path.Combine(root, "dit", name)))
                yield return new GoldenCase($"denoise_loop/{name}.safetensors", check);
        }
    }

    private static void VideoOnly(GoldenRun run)
    {
        var io = run.Open("video_only.safetensors");
        var config = run.Json("config.json").GetProperty("video_only");
        var video = Video(config, TransformerSuite.Config(ModelFile(run, "video_only")).Video!.InChannels);
        using var transformer = Model(run, "video_only");
        var (context, negative) = (io.ReadTensor("in.context"), io.ReadTensor("in.negative_context"));
        var noise = io.ReadTensor("in.noise");

        Check("distilled_t2v", Noiser.Apply(video.State(), noise), DistilledSigmas.Pass1);
        IConditioningItem[] items =
        [
            new ReplaceLatentFrames(io.ReadTensor("in.image_latent"), 0, 1),
            new AppendKeyframe(io.ReadTensor("in.keyframe_latent"), config.GetProperty("keyframe_frame_idx").GetInt32(),
                config.GetProperty("keyframe_strength").GetDouble()),
        ];
        Check("distilled_i2v_keyframe",
            Noiser.Apply(items.Aggregate(video.State(), (state, item) => item.Apply(state, video)), io.ReadTensor("in.noise_i2v")),
            DistilledSigmas.Pass1);
        var refined = Noiser.Apply(
            video.State(io.ReadTensor("in.stage2_initial_latent")), io.ReadTensor("in.noise_stage2"), DistilledSigmas.Pass2[0]);
        Check("stage2_refine", refined, DistilledSigmas.Pass2);

        var dev = Ltx2Schedule.Sigmas(10);
        Check("dev_cfg4", Noiser.Apply(video.State(), noise), dev, new GuidanceSettings { CfgScale = 4 });
        var blocks = config.GetProperty("stg_blocks").EnumerateArray().Select(block => block.GetInt32()).ToArray();
        Check("dev_cfg4_stg1_rescale", Noiser.Apply(video.State(), noise), dev,
            new GuidanceSettings { CfgScale = 4, StgScale = 1, StgBlocks = blocks, RescaleScale = 0.7 });

        void Check(string name, LatentState state, IReadOnlyList<float> sigmas, GuidanceSettings? guidance = null) =>
            CheckLoop(
                run, io, name, transformer, sigmas,
                new ModalityRun(state, context, negative, guidance is null ? null : GuidancePlan.Always(guidance)), null, video, null);
    }

    private static void AudioVideo(GoldenRun run)
    {
        var io = run.Open("audio_video.safetensors");
        var config = run.Json("config.json").GetProperty("audio_video");
        using var official = Model(run, "audio_video");
        using var legacy = Model(run, "audio_video", transformer => transformer with { CrossGate = CrossGateSource.OwnTimesteps });
        var video = Video(config, TransformerSuite.Config(ModelFile(run, "audio_video")).Video!.InChannels);
        var grid = config.GetProperty("grid");
        var audio =
            new AudioGrid(grid.GetProperty("audio_tokens").GetInt32(), grid.GetProperty("audio_channels").GetInt64(),
                grid.GetProperty("audio_mel_bins").GetInt64());
        var cfg4 = new GuidanceSettings { CfgScale = 4 };
        var dev = Ltx2Schedule.Sigmas(10);
        var defaults = config.GetProperty("dev_official_default");

        Check("distilled_t2v", official, DistilledSigmas.Pass1);
        Check("distilled_i2v", official, DistilledSigmas.Pass1);
        Check("distilled_i2v_legacy_gate", legacy, DistilledSigmas.Pass1);
        Check("distilled_audio_frozen", official, DistilledSigmas.Pass1, frozenAudio: true);
        Check("dev_cfg4", official, dev, cfg4, cfg4);
        Check("dev_official_default", official, dev, Settings(defaults.GetProperty("video")), Settings(defaults.GetProperty("audio")));

        void Check(string name, LtxTransformer transformer, IReadOnlyList<float> sigmas, GuidanceSettings? ofVideo = null,
            GuidanceSettings? ofAudio = null, bool frozenAudio = false)
        {
            var pictures =
                new ModalityRun(
                    Stored(io, $"{name}.init.video"), io.ReadTensor("in.video_context"), io.ReadTensor("in.video_negative_context"),
                    ofVideo is null ? null : GuidancePlan.Always(ofVideo));
            var sound =
                new ModalityRun(
                    Stored(io, $"{name}.init.audio"), io.ReadTensor("in.audio_context"), io.ReadTensor("in.audio_negative_context"),
                    ofAudio is null ? null : GuidancePlan.Always(ofAudio), frozenAudio);
            CheckLoop(run, io, name, transformer, sigmas, pictures, sound, video, audio);
        }
    }

    private static void CheckLoop(
        GoldenRun run, SafetensorsFile io, string name, LtxTransformer transformer, IReadOnlyList<float> sigmas, ModalityRun video,
        ModalityRun? audio, VideoGrid videoGrid, AudioGrid? audioGrid)
    {
        run.Close(io, $"{name}.sigmas", tensor(sigmas.ToArray()), InputTolerance);
        CheckState("video", video.State);
        if (audio is not null)
            CheckState("audio", audio.State);
        var final = new DenoiseLoop(transformer, CPU).Run(video, audio, sigmas, step =>
        {
            CheckStep($"{name}.step{step.Index:00}.video", step.Video!);
            if (step.Audio is not null)
                CheckStep($"{name}.step{step.Index:00}.audio", step.Audio);
        });
        run.Close(io, $"{name}.final.video.latent", videoGrid.Latent(final.Video!), Tolerance);
        if (audioGrid is not null)
            run.Close(io, $"{name}.final.audio.latent", audioGrid.Latent(final.Audio!), Tolerance);

        void CheckState(string modality, LatentState state)
        {
            run.Close(io, $"{name}.init.{modality}.latent", state.Latent, InputTolerance);
            run.Close(io, $"{name}.init.{modality}.denoise_mask", state.DenoiseMask, InputTolerance);
            run.Close(io, $"{name}.init.{modality}.positions", state.Positions, InputTolerance);
            run.Close(io, $"{name}.init.{modality}.clean_latent", state.Clean, InputTolerance);
        }

        void CheckStep(string prefix, StepTokens tokens)
        {
            run.Close(io, $"{prefix}.denoised", tokens.Denoised, Tolerance);
            run.Close(io, $"{prefix}.latent", tokens.Latent, Tolerance);
        }
    }

    private static LtxTransformer Model(GoldenRun run, string name, Func<TransformerConfig, TransformerConfig>? change = null) =>
        TransformerSuite.Load(ModelFile(run, name), run, change);

    private static SafetensorsFile ModelFile(GoldenRun run, string name) =>
        run.Open(Path.Combine("..", "dit", name, "model.safetensors"));

    private static VideoGrid Video(JsonElement config, long channels)
    {
        var grid = config.GetProperty("grid");
        return new VideoGrid(
            new LatentSize(grid.GetProperty("F").GetInt32(), grid.GetProperty("H").GetInt32(), grid.GetProperty("W").GetInt32()), channels,
            grid.GetProperty("fps").GetDouble());
    }

    private static LatentState Stored(SafetensorsFile io, string prefix) =>
        new(io.ReadTensor($"{prefix}.latent"), io.ReadTensor($"{prefix}.denoise_mask"), io.ReadTensor($"{prefix}.positions"),
            io.ReadTensor($"{prefix}.clean_latent"));

    private static GuidanceSettings Settings(JsonElement json) => new()
    {
        CfgScale = json.GetProperty("cfg_scale").GetDouble(),
        StgScale = json.GetProperty("stg_scale").GetDouble(),
        StgBlocks = json.GetProperty("stg_blocks").EnumerateArray().Select(block => block.GetInt32()).ToArray(),
        RescaleScale = json.GetProperty("rescale_scale").GetDouble(),
        ModalityScale = json.GetProperty("modality_scale").GetDouble(),
        SkipStep = json.GetProperty("skip_step").GetInt32(),
    };
}
