using System.Text.Json;
using MlxVideo.Engine.Tensors;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>A request of golden/pipelines as settings, with its inputs as media files.</summary>
internal sealed class PipelineRequest
{
    private static readonly BlobRef Blob = new(new string('0', 64), 0);

    private static readonly IReadOnlyDictionary<string, PipelineKind> Pipelines = new Dictionary<string, PipelineKind>
    {
        ["distilled"] = PipelineKind.Distilled,
        ["video_only_block"] = PipelineKind.Distilled,
        ["ti2vid_one_stage"] = PipelineKind.OneStage,
        ["ti2vid_two_stages"] = PipelineKind.TwoStage,
        ["keyframe_interpolation"] = PipelineKind.Keyframes,
        ["ic_lora"] = PipelineKind.IcLora,
        ["a2vid_two_stage"] = PipelineKind.AudioToVideo,
        ["retake"] = PipelineKind.Retake,
    };

    private readonly string _folder;
    private readonly string _media;
    private readonly JsonElement _request;
    private readonly Dictionary<string, string> _files = [];

    /// <param name="folder">The case.</param>
    /// <param name="media">Folder for media files.</param>
    public PipelineRequest(string folder, string media, JsonElement json)
    {
        (_folder, _media, _request) = (folder, media, json.GetProperty("request"));
        var audio = json.GetProperty("noise_draws").EnumerateArray().Any(draw => draw.GetProperty("modality").GetString() == "audio");
        Settings = Read(Pipelines[json.GetProperty("pipeline").GetString()!]) with { Audio = audio };
    }

    public RenderSettings Settings { get; }

    /// <summary>Files of the plan's external inputs, by name.</summary>
    public IReadOnlyDictionary<string, string> Files => _files;

    private RenderSettings Read(PipelineKind pipeline)
    {
        var settings = new RenderSettings
        {
            Pipeline = pipeline,
            Prompt = Text("prompt")!,
            NegativePrompt = Text("negative_prompt") ?? "",
            Seed = _request.GetProperty("seed").GetInt64(),
            Guided = Guided(),
            ImageCrf = 0, // the reference skips this step
            Images = List("images").Select(Image).ToList(),
            Videos = List("video_conditioning").Select(Video).ToList(),
            ReferenceAttention = Number("conditioning_attention_strength") ?? 1,
            ReferenceMask = Mask(),
            SkipPass2 = _request.TryGetProperty("skip_stage_2", out var skip) && skip.GetBoolean(),
            Adapters = Adapters(),
        };
        if (pipeline == PipelineKind.Retake)
            return Retake(settings);
        return settings with
        {
            Width = _request.GetProperty("width").GetInt32(),
            Height = _request.GetProperty("height").GetInt32(),
            NumFrames = _request.GetProperty("num_frames").GetInt32(),
            Fps = _request.GetProperty("frame_rate").GetDouble(),
            Soundtrack = Soundtrack(),
        };
    }

    private RenderSettings Retake(RenderSettings settings)
    {
        using var source = SafetensorsFile.Open(Path.Combine(_folder, Text("video_path")!));
        var (frames, fps) = (source.ReadTensor("frames"), source.ReadTensor("fps").item<float>());
        var sound = WriteSound(source, "source.wav");
        LosslessMedia.WriteVideo(Add("source", "source.mkv"), frames, fps, sound);
        var video = VideoOf(frames, fps) with { HasAudio = true };
        return settings with
        {
            Width = video.Width,
            Height = video.Height,
            NumFrames = video.Frames,
            Fps = fps,
            Source = video,
            Interval = new TimeInterval(Number("start_time")!.Value, Number("end_time")!.Value),
        };
    }

    private GuidedSampling Guided() => Number("num_inference_steps") is { } steps
        ? new GuidedSampling((int)steps, Guidance("video_guider"), Guidance("audio_guider"))
        : GuidedSampling.Official;

    /// <summary>Leaves the STG blocks unset: the model's default must be the right one.</summary>
    private GuidanceSettings Guidance(string name) => !_request.TryGetProperty(name, out var guider)
        ? GuidanceSettings.None
        : new GuidanceSettings
        {
            CfgScale = guider.GetProperty("cfg_scale").GetDouble(),
            StgScale = guider.GetProperty("stg_scale").GetDouble(),
            ModalityScale = guider.GetProperty("modality_scale").GetDouble(),
            RescaleScale = guider.GetProperty("rescale_scale").GetDouble(),
            SkipStep = guider.GetProperty("skip_step").GetInt32(),
        };

    private ImageConditioning Image(JsonElement image, int index)
    {
        _files[$"image.{index}"] = PathOf(image);
        return new ImageConditioning(Blob, image.GetProperty("frame_idx").GetInt32(), image.GetProperty("strength").GetDouble());
    }

    private VideoConditioning Video(JsonElement video, int index)
    {
        using var file = SafetensorsFile.Open(PathOf(video));
        var frames = file.ReadTensor("frames");
        var fps = _request.GetProperty("frame_rate").GetDouble();
        LosslessMedia.WriteVideo(Add($"video.{index}", $"reference{index}.mkv"), frames, fps);
        return new VideoConditioning(VideoOf(frames, fps), Strength: video.GetProperty("strength").GetDouble());
    }

    private VideoFile? Mask()
    {
        if (Text("conditioning_attention_mask") is not { } name)
            return null;
        using var file = SafetensorsFile.Open(Path.Combine(_folder, name));
        var mask = file.ReadTensor("mask").squeeze(0).squeeze(0);
        var fps = _request.GetProperty("frame_rate").GetDouble();
        LosslessMedia.WriteMask(Add("reference-mask", "mask.mkv"), mask, fps);
        return new VideoFile(Blob, (int)mask.shape[2], (int)mask.shape[1], (int)mask.shape[0], fps, HasAudio: false);
    }

    private SoundFile? Soundtrack()
    {
        if (Text("audio_path") is not { } name)
            return null;
        using var file = SafetensorsFile.Open(Path.Combine(_folder, name));
        _files["soundtrack"] = WriteSound(file, "soundtrack.wav");
        var sound = WaveFile.ReadFloat(_files["soundtrack"]);
        return new SoundFile(Blob, sound.Samples.Length / (double)(sound.Channels * sound.SampleRate));
    }

    private List<ClipAdapter> Adapters()
    {
        return List("loras").Select(lora => Read(lora, AdapterPasses.Both))
            .Concat(List("distilled_lora").Select(lora => Read(lora, AdapterPasses.Second)))
            .Select((adapter, index) =>
            {
                _files[$"adapter.{index}"] = adapter.Path;
                return adapter.Settings;
            }).ToList();

        (string Path, ClipAdapter Settings) Read(JsonElement lora, AdapterPasses passes)
        {
            var path = PathOf(lora);
            var scales = AdapterScales.Read(path);
            return (path, new ClipAdapter(Blob, lora.GetProperty("strength").GetDouble(), passes, scales.Downscale, scales.Temporal));
        }
    }

    private string WriteSound(SafetensorsFile file, string name)
    {
        var samples = file.ReadTensor("waveform").t().contiguous().data<float>().ToArray();
        var path = Path.Combine(_media, name);
        WaveFile.WriteFloat(path, new Waveform((int)file.ReadTensor("sampling_rate").item<long>(), 2, samples));
        return path;
    }

    private static VideoFile VideoOf(Tensor frames, double fps) =>
        new(Blob, (int)frames.shape[2], (int)frames.shape[1], (int)frames.shape[0], fps, HasAudio: false);

    private string Add(string input, string name) => _files[input] = Path.Combine(_media, name);

    private string PathOf(JsonElement item) => Path.Combine(_folder, item.GetProperty("path").GetString()!);

    private IEnumerable<JsonElement> List(string name) => _request.TryGetProperty(name, out var list) ? list.EnumerateArray() : [];

    private string? Text(string name) => _request.TryGetProperty(name, out var value) ? value.GetString() : null;

    private double? Number(string name) => _request.TryGetProperty(name, out var value) ? value.GetDouble() : null;
}
