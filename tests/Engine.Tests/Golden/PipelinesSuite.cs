using System.Text.Json;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
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
using MlxVideo.Shared.Stages.Planning;
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

    public IEnumerable<GoldenCase> Discover(string root) =>
        Directory.Exists(Path.Combine(root, "pipelines"))
            ? Directory.EnumerateDirectories(Path.Combine(root, "pipelines"))
                .Where(folder => File.Exists(Path.Combine(folder, "request.json"))).Order(StringComparer.Ordinal)
                .Select(folder => new GoldenCase($"pipelines/{Path.GetFileName(folder)}", Render))
            : [];

    private static void Render(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        Render(run, io, "stored noise", _ => new StoredNoise(io));
        // The noise of a seed does not depend on the kernels.
        if (run.Compute == ComputeOptions.CpuFloat32)
            Render(run, io, "seed alone", null);
    }

    private static void Render(GoldenRun run, SafetensorsFile io, string name, Func<long, INoiseSource>? noise)
    {
        var json = run.Json("request.json");
        var model = ModelFolder.Open(Path.Combine(run.Folder, json.GetProperty("model").GetString()!));
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Path);
        var request = new PipelineRequest(run.Folder, folder.Path, json);
        var settings = request.Settings;
        using var runner = new StageRunner(model, run.Compute, noise: noise);
        var files = ClipStages.Run(runner, settings, folder.Path, request.Files);

        int[] stages = RenderSize.HasHalfSizePass(settings.Pipeline) && !settings.SkipPass2 ? [1, 2] : [1];
        var last = $"pass{stages[^1]}";
        Compare("prompt.context", "video_context", "text.prompt.video_context");
        if (files.ContainsKey("negative-prompt.context"))
            Compare("negative-prompt.context", "video_context", "text.negative_prompt.video_context");
        CompareInputs();
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

        void CompareInputs()
        {
            for (var index = 0; index < settings.Videos.Count; index++)
            {
                var expected = $"stage1.conditioning.{settings.Images.Count + index}";
                Compare($"video.{index}.latent", "video", $"{expected}.latent");
                if (settings.ReferenceMask is not null)
                    run.Close(
                        $"{name}: {expected}.attention_weights",
                        Read($"video.{index}.latent", "attention") * (float)settings.ReferenceAttention,
                        io.ReadTensor($"{expected}.attention_weights"), Tolerance);
            }

            if (settings.Source is not null)
            {
                Compare("source.video", "video", "stage1.video.initial_latent");
                Compare("source.audio", "audio", "stage1.audio.initial_latent");
            }

            if (settings.Soundtrack is not null)
                Compare("soundtrack.latent", "audio", "stage1.audio.initial_latent");
        }

        void Compare(string artefact, string tensor, string expected) =>
            run.Close($"{name}: {expected}", Read(artefact, tensor), io.ReadTensor(expected), Tolerance);

        void CompareSound()
        {
            Compare("prompt.context", "audio_context", "text.prompt.audio_context");
            if (files.ContainsKey("negative-prompt.context"))
                Compare("negative-prompt.context", "audio_context", "text.negative_prompt.audio_context");
            foreach (var stage in stages)
                Compare($"pass{stage}.audio", "audio", $"stage{stage}.audio.final");
            var sound = WaveFile.ReadFloat(files["sound"]);
            run.Exact($"{name}: sample rate", sound.SampleRate, SampleRate(json));
            var samples = tensor(sound.Samples).view(-1, sound.Channels).t();
            if (settings.Soundtrack is not null)
            {
                run.Close($"{name}: out.waveform", samples, io.ReadTensor("out.waveform"), Tolerance);
                return;
            }

            // The two-stage pipeline decodes the audio of pass 1.
            var decoded = settings.Pipeline == PipelineKind.TwoStage ? "pass1" : last;
            using var decoder = new ModelLoader(model, run.Compute).LoadAudioDecoder();
            run.Close($"{name}: decode.mel", decoder.forward(Read($"{decoded}.audio", "audio")), io.ReadTensor("decode.mel"), Tolerance);
            run.Close($"{name}: decode.waveform", samples, io.ReadTensor("decode.waveform"), Tolerance);
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

    private static int SampleRate(JsonElement json) => json.GetProperty("notes").EnumerateArray()
        .Single(note => note.TryGetProperty("audio_sampling_rate", out _)).GetProperty("audio_sampling_rate").GetInt32();
}
