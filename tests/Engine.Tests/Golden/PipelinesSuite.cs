using System.Text.Json;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Stages;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Tests.Stages;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>
/// golden/pipelines: complete clips through <see cref="StagePlanner"/> and the stage executors, from prompt text to frames, once with
/// the reference's noise and once with the seed alone.
/// </summary>
public sealed class PipelinesSuite : IGoldenSuite
{
    private const double Tolerance = 1e-4;
    private const double LargestShareOfOtherBytes = 0.001;

    private static readonly IReadOnlyDictionary<string, string?> Cases = new Dictionary<string, string?>
    {
        ["c01_distilled_t2v"] = null,
        ["c02_distilled_images"] = null,
        ["c03_keyframe_interpolation"] = "the keyframe pipeline is not implemented yet",
        ["c04a_ic_lora_ref1"] = "IC-LoRA is not implemented yet",
        ["c04b_ic_lora_ref2"] = "IC-LoRA is not implemented yet",
        ["c04c_ic_lora_mask_temporal2_stage1_only"] = "IC-LoRA is not implemented yet",
        ["c05_ti2vid_two_stages"] = "the guided two-stage pipeline is not implemented yet",
        ["c06_ti2vid_one_stage_fps30"] = null,
        ["c07a_a2vid_two_stage"] = "the audio-to-video pipeline is not implemented yet",
        ["c07b_retake_distilled"] = "retakes are not implemented yet",
        ["c08_distilled_video_only"] = null,
        ["c09_ltx23_distilled_images"] = null,
        ["c10_ltx23_one_stage"] = null,
    };

    public IEnumerable<GoldenCase> Discover(string root) =>
        from pipeline in Cases
        where Directory.Exists(Path.Combine(root, "pipelines", pipeline.Key))
        select new GoldenCase($"pipelines/{pipeline.Key}", pipeline.Value is null ? Render : null, pipeline.Value);

    private static void Render(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        Render(run, io, "stored noise", _ => new StoredNoise(io));
        Render(run, io, "seed alone", null);
    }

    private static void Render(GoldenRun run, SafetensorsFile io, string name, Func<long, INoiseSource>? noise)
    {
        var json = run.Json("request.json");
        var request = json.GetProperty("request");
        var images = Images(request).Select(image => Path.Combine(run.Folder, image.GetProperty("path").GetString()!)).ToList();
        var model = ModelFolder.Open(Path.Combine(run.Folder, json.GetProperty("model").GetString()!));
        var settings =
            Settings(
                json.GetProperty("pipeline").GetString()!, request, audio: json.GetProperty("noise_draws").EnumerateArray()
                    .Any(draw => draw.GetProperty("modality").GetString() == "audio"));
        using var folder = new TemporaryFolder();
        using var runner = new StageRunner(model, run.Compute, noise: noise);
        var given = images.Select((path, index) => (Name: $"image.{index}", path)).ToDictionary(image => image.Name, image => image.path);
        var files = ClipStages.Run(runner, settings, folder.Path, given);

        int[] stages = settings.Pipeline == PipelineKind.OneStage ? [1] : [1, 2];
        var last = $"pass{stages[^1]}";
        Compare("prompt.context", "video_context", "text.prompt.video_context");
        if (files.ContainsKey("negative-prompt.context"))
            Compare("negative-prompt.context", "video_context", "text.negative_prompt.video_context");
        foreach (var stage in stages)
        {
            for (var index = 0; index < settings.Images.Count; index++)
                Compare($"pass{stage}.conditioning", $"latent.{index}", $"stage{stage}.conditioning.{index}.latent");
            if (stage == 2)
                Compare("pass2.initial", "video", "upsampled.video.latent");
            Compare($"pass{stage}.latent", "video", $"stage{stage}.video.final");
        }

        CompareFrames("decode.frames_u8");
        if (settings.Audio)
            CompareSound();
        if (io.Header.Tensors.ContainsKey("decode.frames_raw"))
            CompareRawFrames();

        void Compare(string artefact, string tensor, string expected) =>
            run.Close($"{name}: {expected}", Read(artefact, tensor), io.ReadTensor(expected), Tolerance);

        void CompareSound()
        {
            Compare("prompt.context", "audio_context", "text.prompt.audio_context");
            if (files.ContainsKey("negative-prompt.context"))
                Compare("negative-prompt.context", "audio_context", "text.negative_prompt.audio_context");
            foreach (var stage in stages)
                Compare($"pass{stage}.audio", "audio", $"stage{stage}.audio.final");
            using var decoder = new ModelLoader(model, run.Compute).LoadAudioDecoder();
            run.Close($"{name}: decode.mel", decoder.forward(Read($"{last}.audio", "audio")), io.ReadTensor("decode.mel"), Tolerance);
            var sound = WaveFile.ReadFloat(files["sound"]);
            run.Exact($"{name}: sample rate", sound.SampleRate, SampleRate(json));
            run.Close(
                $"{name}: decode.waveform", tensor(sound.Samples).view(-1, sound.Channels).t(),
                io.ReadTensor("decode.waveform"), Tolerance);
        }

        void CompareFrames(string expected)
        {
            if (run.IsReduced)
            {
                run.Close($"{name}: {expected}", Read("video.tile.0", "frames"), io.ReadTensor(expected), 1);
                return;
            }

            var difference = (Read("video.tile.0", "frames").to(ScalarType.Int32) - io.ReadTensor(expected).to(ScalarType.Int32)).abs();
            run.Exact($"{name}: bytes of {expected} that are off by more than one", difference.gt(1).sum().item<long>(), 0);
            run.Close($"{name}: share of bytes of {expected} that differ", difference.ne(0).to(ScalarType.Float32).mean(), zeros([]),
                LargestShareOfOtherBytes);
        }

        void CompareRawFrames()
        {
            using var decoder = new ModelLoader(model, run.Compute).LoadVideoDecoder();
            run.Close(
                $"{name}: decode.frames_raw", decoder.forward(Read($"{last}.latent", "video")),
                io.ReadTensor("decode.frames_raw"), Tolerance);
        }

        Tensor Read(string artefact, string tensor)
        {
            using var file = SafetensorsFile.Open(files[artefact]);
            return file.ReadTensor(tensor);
        }
    }

    private static IEnumerable<JsonElement> Images(JsonElement request) =>
        request.TryGetProperty("images", out var images) ? images.EnumerateArray() : [];

    private static int SampleRate(JsonElement json) => json.GetProperty("notes").EnumerateArray()
        .Single(note => note.TryGetProperty("audio_sampling_rate", out _)).GetProperty("audio_sampling_rate").GetInt32();

    private static RenderSettings Settings(string pipeline, JsonElement request, bool audio) => new()
    {
        Pipeline = pipeline == "ti2vid_one_stage" ? PipelineKind.OneStage : PipelineKind.Distilled,
        Guided = request.TryGetProperty("num_inference_steps", out var steps)
            ? new GuidedSampling(
                steps.GetInt32(), Guidance(request.GetProperty("video_guider")), Guidance(request.GetProperty("audio_guider")))
            : GuidedSampling.Official,
        NegativePrompt = request.TryGetProperty("negative_prompt", out var negative) ? negative.GetString()! : "",
        Prompt = request.GetProperty("prompt").GetString()!,
        Width = request.GetProperty("width").GetInt32(),
        Height = request.GetProperty("height").GetInt32(),
        NumFrames = request.GetProperty("num_frames").GetInt32(),
        Fps = request.GetProperty("frame_rate").GetDouble(),
        Seed = request.GetProperty("seed").GetInt64(),
        Audio = audio,
        ImageCrf = 0, // the reference skips this step
        Images = Images(request).Select(image => new ImageConditioning(
            new BlobRef(new string('0', 64), 0), image.GetProperty("frame_idx").GetInt32(), image.GetProperty("strength").GetDouble()))
                .ToList(),
    };

    /// <summary>Leaves the STG blocks unset: the model's default must be the right one.</summary>
    private static GuidanceSettings Guidance(JsonElement guider) => new()
    {
        CfgScale = guider.GetProperty("cfg_scale").GetDouble(),
        StgScale = guider.GetProperty("stg_scale").GetDouble(),
        ModalityScale = guider.GetProperty("modality_scale").GetDouble(),
        RescaleScale = guider.GetProperty("rescale_scale").GetDouble(),
        SkipStep = guider.GetProperty("skip_step").GetInt32(),
    };
}
