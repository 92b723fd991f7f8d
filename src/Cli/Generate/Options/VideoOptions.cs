using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Text;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>Videos and audio that the clip follows or starts from.</summary>
internal sealed class VideoOptions : IRequestOptions
{
    private const string Backwards = "backwards";

    private readonly Option<string[]> _video = RepeatableOption.Create(
        "--video", "PATH [FRAME] [STRENGTH]", "Conditioning video, with its first frame and its strength; repeatable.")
        .WithAliases("--video-conditioning");

    private readonly Option<FileInfo?> _reference = new("--reference-video")
    {
        Description = "One more conditioning video, at frame 0 and strength 1.",
    };

    private readonly Option<string> _use = ChoiceOption.Create(
        "--video-use",
        "How videos condition the clip: as references of an in-context adapter, in place of its frames, or as keyframes; auto is "
            + "reference in the pipeline ic-lora and replace in others.",
        "auto", "auto", "reference", "replace", "guide");

    private readonly Option<double> _attention = NumberOption.Decimal(
        "--reference-attention", "Strength of the attention between the clip and its reference videos, 0 to 1.", 1)
        .WithAliases("--conditioning-attention-strength");

    private readonly Option<FileInfo?> _mask = new Option<FileInfo?>("--reference-mask")
    {
        Description = "Greyscale video or image: where it is black, the references are ignored.",
    }.WithAliases("--conditioning-attention-mask");

    private readonly Option<bool> _skipPass2 = new Option<bool>("--skip-pass2")
    {
        Description = "End an in-context clip after denoise pass 1, at half of its width and height.",
    }.WithAliases("--skip-stage-2");

    private readonly Option<FileInfo?> _source = new Option<FileInfo?>("--source")
    {
        Description = "Video to retake, extend or upscale; upscaling also takes an image, and doubles the size unless 1.5 times the size "
            + "is given. Size, length and rate of the clip are those of the source unless given.",
    }.WithAliases("--video-path");

    private readonly Option<double?> _start = NumberOption.OptionalDecimal(
        "--start", "Start of the interval that a retake regenerates, in seconds.").WithAliases("--start-time");

    private readonly Option<double?> _end = NumberOption.OptionalDecimal(
        "--end", "End of that interval, in seconds; the end of the source by default.").WithAliases("--end-time");

    private readonly Option<bool> _keepVideo = new("--keep-video") { Description = "Regenerate only the audio of that interval." };
    private readonly Option<bool> _keepAudio = new("--keep-audio") { Description = "Regenerate only the video of that interval." };

    private readonly Option<string> _extend = ChoiceOption.Create(
        "--extend", "Side at which a source video is extended; --num-frames is the length of the whole clip.", "forwards", "forwards",
        Backwards);

    private readonly Option<FileInfo?> _audioFile = new Option<FileInfo?>("--audio-file")
    {
        Description = "Audio, or video with audio, that the pipeline audio-to-video renders a video for.",
    }.WithAliases("--audio-path");

    private readonly Option<double> _audioStart = NumberOption.Decimal(
        "--audio-start", "Time at which the clip's audio starts in that file, in seconds.", 0).WithAliases("--audio-start-time");

    /// <inheritdoc/>
    public OptionGroup Group => new(
        "Videos and audio", _video, _reference, _use, _attention, _mask, _skipPass2, _source, _start, _end, _keepVideo, _keepAudio, _extend,
        _audioFile, _audioStart);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        var inputs = request.Inputs with
        {
            Videos = Videos(request.Settings.Pipeline, parsed, errors),
            ReferenceMask = Existing(_mask, parsed, errors),
            Source = Existing(_source, parsed, errors),
            Soundtrack = Existing(_audioFile, parsed, errors),
            SoundtrackStart = parsed.GetValue(_audioStart),
        };
        if (RenderSettingsRules.Seconds(inputs.SoundtrackStart) is { } outside)
            errors.Add($"{_audioStart.Name}: {outside}");
        return request with
        {
            Inputs = inputs,
            Settings = request.Settings with
            {
                ReferenceAttention = parsed.GetValue(_attention),
                SkipPass2 = parsed.GetValue(_skipPass2),
                Interval = Interval(parsed),
                RegenerateVideo = !parsed.GetValue(_keepVideo),
                RegenerateAudio = !parsed.GetValue(_keepAudio),
                ExtendBackwards = parsed.GetValue(_extend) == Backwards,
            },
        };
    }

    private TimeInterval? Interval(ParseResult parsed)
    {
        var (start, end) = (parsed.GetValue(_start), parsed.GetValue(_end));
        return start is null && end is null ? null : new TimeInterval(start ?? 0, end ?? TimeInterval.MaxSeconds);
    }

    private List<VideoInput> Videos(PipelineKind pipeline, ParseResult parsed, ICollection<string> errors)
    {
        var use = pipeline == PipelineKind.IcLora ? VideoUse.Reference : VideoUse.Replace;
        if (parsed.GetValue(_use) is { } name and not "auto")
            _ = ChoiceNames.Read(name, out use);
        var videos = VideoArguments.Read(parsed.GetValue(_video) ?? [], use, out var error);
        if (error is not null)
            errors.Add(error);
        if (Existing(_reference, parsed, errors) is { } reference)
            videos.Add(new VideoInput(reference, 0, 1, use));
        foreach (var video in videos.Where(video => !File.Exists(video.Path)))
            errors.Add($"{_video.Name}: the file {video.Path} does not exist.");
        return videos.Where(video => File.Exists(video.Path)).ToList();
    }

    private static string? Existing(Option<FileInfo?> option, ParseResult parsed, ICollection<string> errors)
    {
        if (parsed.GetValue(option) is not { } file)
            return null;
        if (file.Exists)
            return file.FullName;
        errors.Add($"{option.Name}: the file {file.FullName} does not exist.");
        return null;
    }
}
