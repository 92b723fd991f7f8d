using MlxVideo.Shared.Display;
using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Renders;

/// <summary>
/// Rules on the combination of a clip's settings: what each pipeline needs, and what it has no use for. Each error is one sentence with the
/// remedy, to be shown after the setting's name.
/// </summary>
public static class PipelineRules
{
    /// <summary>Returns all errors; empty when the pipeline can render the clip.</summary>
    public static IEnumerable<SettingError> Check(RenderSettings settings) =>
        Images(settings).Concat(Videos(settings)).Concat(Adapters(settings)).Concat(Source(settings)).Concat(Sampling(settings))
            .Concat(Soundtrack(settings)).Concat(Parts(settings));

    private static IEnumerable<SettingError> Images(RenderSettings settings)
    {
        if (settings is { Pipeline: PipelineKind.Keyframes, Images.Count: 0 })
            yield return new("image", "The keyframe pipeline needs images: add at least one.");
        if (settings.Pipeline is PipelineKind.Retake or PipelineKind.Upscale or PipelineKind.TextToAudio && settings.Images.Count > 0)
            yield return new("image", "This pipeline does not use images: remove them.");
        if (settings.ImageMode == ConditioningMode.Replace
            && settings.Images.FirstOrDefault(image => image.Frame % LatentSize.TimeScale != 0) is { } between)
            yield return new("image_frame", $"Frame {between.Frame} can't be replaced: use 0, a multiple of 8, or the mode 'guide'.");
    }

    private static IEnumerable<SettingError> Videos(RenderSettings settings)
    {
        var references = settings.Videos.Count(video => video.Use == VideoUse.Reference);
        if (settings.Pipeline == PipelineKind.IcLora && references == 0)
            yield return new("video", "The in-context pipeline needs a reference video: add one.");
        if (settings.Pipeline != PipelineKind.IcLora && references > 0)
            yield return new(
                "video", "Only the pipeline 'ic-lora' uses reference videos: select it, or use the video as 'replace' or 'guide'.");
        if (settings.Videos.Count > 0
            && settings.Pipeline is PipelineKind.Retake or PipelineKind.Extend or PipelineKind.Upscale or PipelineKind.TextToAudio)
            yield return new("video", "This pipeline does not use conditioning videos: remove them.");
        foreach (var video in settings.Videos)
        {
            if (video.Strength is not (>= 0 and <= 1))
                yield return new("video_strength", $"A strength of {video.Strength} is outside the range 0 to 1.");
            if (RenderSettingsRules.ImageFrame(video.Frame, settings.NumFrames) is { } outside)
                yield return new("video_frame", outside);
            else if (video.Frame % LatentSize.TimeScale != 0)
                yield return new("video_frame", $"A video can't start at frame {video.Frame}: use 0 or a multiple of 8.");
            else if (video is { Use: VideoUse.Reference, Frame: not 0 })
                yield return new("video_frame", "A reference video starts with the clip: use frame 0.");
            if (Invalid(video.Video) is { } invalid)
                yield return new("video", invalid);
        }

        if (settings.ReferenceAttention is not (>= 0 and <= 1))
            yield return new("reference_attention", $"A strength of {settings.ReferenceAttention} is outside the range 0 to 1.");
        if (settings.ReferenceMask is not null && settings.Pipeline != PipelineKind.IcLora)
            yield return new("reference_mask", "Only the pipeline 'ic-lora' uses a reference mask: remove it.");
        if (settings.ReferenceMask is { } mask && Invalid(mask) is { } damaged)
            yield return new("reference_mask", damaged);
        if (settings.SkipPass2 && settings.Pipeline != PipelineKind.IcLora)
            yield return new("skip_pass2", "Only the pipeline 'ic-lora' can skip pass 2: remove the setting.");
    }

    private static IEnumerable<SettingError> Adapters(RenderSettings settings)
    {
        if (settings.Adapters.Count > RenderSettingsRules.MaxAdapters)
            yield return new("lora", $"{settings.Adapters.Count} adapters is too many: use at most {RenderSettingsRules.MaxAdapters}.");
        if (settings is { Pipeline: PipelineKind.IcLora, Adapters.Count: 0 })
            yield return new("lora", "The in-context pipeline needs an in-context adapter (LoRA): add one.");
        if (settings is { Pipeline: PipelineKind.Upscale, Adapters.Count: > 0 })
            yield return new("lora", "Upscaling does not use adapters: remove them.");
        foreach (var adapter in settings.Adapters)
        {
            if (adapter.Strength is not (>= -ClipAdapter.MaxStrength and <= ClipAdapter.MaxStrength))
                yield return new(
                    "lora",
                    $"A strength of {adapter.Strength} is outside the range -{ClipAdapter.MaxStrength} to {ClipAdapter.MaxStrength}.");
            if (adapter.ReferenceDownscale is < 1 or > ClipAdapter.MaxScale
                || adapter.ReferenceTemporalScale is < 1 or > ClipAdapter.MaxScale)
                yield return new("lora", $"An adapter's reference scale is outside the range 1 to {ClipAdapter.MaxScale}.");
        }

        if (Conflict(settings.Adapters.Select(adapter => adapter.ReferenceDownscale))
            || Conflict(settings.Adapters.Select(adapter => adapter.ReferenceTemporalScale)))
            yield return new("lora", "The adapters were trained for reference videos of different scales: use one of them.");

        static bool Conflict(IEnumerable<int> scales) => scales.Where(scale => scale != 1).Distinct().Count() > 1;
    }

    private static IEnumerable<SettingError> Source(RenderSettings settings)
    {
        var needsSource = settings.Pipeline is PipelineKind.Retake or PipelineKind.Extend or PipelineKind.Upscale;
        if (settings.Source is not { } source)
        {
            if (needsSource)
                yield return new("source", "This pipeline needs a source video: add one.");
            yield break;
        }

        if (!needsSource)
            yield return new("source", "Only the pipelines 'retake', 'extend' and 'upscale' use a source video: select one of them.");
        if (Invalid(source) is { } invalid)
            yield return new("source", invalid);
        var usable = source.UsableFrames(int.MaxValue);
        switch (settings.Pipeline)
        {
            case PipelineKind.Retake or PipelineKind.Upscale when settings.NumFrames > usable:
                yield return new("num_frames", $"The source video has {usable} usable frames: use at most {usable}.");
                break;
            case PipelineKind.Extend when settings.NumFrames <= usable:
                yield return new(
                    "num_frames",
                    $"The source video already has {usable} usable frames: use {usable + LatentSize.TimeScale} or more, which is the "
                        + "length of the whole clip.");
                break;
        }

        if (settings.Pipeline == PipelineKind.Upscale && !Upscaling.Fits(settings))
            yield return new("width", $"Upscaling enlarges the source video by a fixed factor: use {Upscaling.SizesFor(source)}.");
        if (settings.Pipeline == PipelineKind.Retake)
        {
            foreach (var error in Interval(settings))
                yield return error;
        }
    }

    private static IEnumerable<SettingError> Interval(RenderSettings settings)
    {
        var seconds = settings.NumFrames / settings.Fps;
        if (settings.Interval is not { } interval)
            yield return new("start", "A retake needs the interval to regenerate: give its start and end in seconds.");
        else if (!(interval.Start >= 0 && interval.Start < interval.End && interval.Start < seconds))
            yield return new(
                "start",
                $"The interval {Readable.Number(interval.Start)} to {Readable.Number(interval.End)} s is invalid: it must start before it "
                    + $"ends, and within the video's {Readable.Number(seconds)} s.");
        if (settings is { RegenerateVideo: false, RegenerateAudio: false })
            yield return new("regenerate_video", "A retake must regenerate the video or the audio: enable one of them.");
    }

    private static IEnumerable<SettingError> Sampling(RenderSettings settings)
    {
        if (settings.Sampler is not null && !settings.IsGuided)
            yield return new("sampler", "Distilled sampling has its own sampler: remove the setting or use a guided pipeline.");
        if (settings.Pass1Steps is not (null or >= 1 and <= RenderSettingsRules.MaxPass1Steps))
            yield return new(
                "stage1_steps", $"{settings.Pass1Steps} steps is outside the range 1 to {RenderSettingsRules.MaxPass1Steps}.");
        if (settings.Pass2Steps is not (null or >= 1 and <= RenderSettingsRules.MaxPass2Steps))
            yield return new(
                "stage2_steps", $"{settings.Pass2Steps} steps is outside the range 1 to {RenderSettingsRules.MaxPass2Steps}.");
    }

    private static IEnumerable<SettingError> Soundtrack(RenderSettings settings)
    {
        if (settings is { Pipeline: PipelineKind.TextToAudio, Audio: false })
            yield return new("audio", "The pipeline 'text-to-audio' renders nothing but audio: enable it.");
        if (settings.Pipeline == PipelineKind.TextToAudio && AudioLatentSize.FramesForVideo(settings.NumFrames, settings.Fps) == 0)
            yield return new("num_frames", $"Audio of {settings.NumFrames} frames at {settings.Fps} fps is too short: use more frames.");
        if (settings.Soundtrack is not { } sound)
        {
            if (settings.Pipeline == PipelineKind.AudioToVideo)
                yield return new("audio_file", "The pipeline 'audio-to-video' needs an audio file: add one.");
            yield break;
        }

        if (settings.Pipeline != PipelineKind.AudioToVideo)
            yield return new("audio_file", "Only the pipeline 'audio-to-video' uses an audio file: select it.");
        if (!settings.Audio)
            yield return new("audio", "A video can't be rendered for an audio file without audio: enable it.");
        var seconds = settings.NumFrames / settings.Fps;
        if (!(sound.Start >= 0 && sound.Seconds - sound.Start >= seconds))
            yield return new(
                "audio_file",
                $"The audio file lasts {Readable.Number(sound.Seconds)} s, which is less than the clip's {Readable.Number(seconds)} s from "
                    + $"{Readable.Number(sound.Start)} s on: use longer audio, an earlier start or fewer frames.");
    }

    private static IEnumerable<SettingError> Parts(RenderSettings settings)
    {
        if (settings.PartFrames is not { } part)
            yield break;
        if (settings.OverlapFrames >= part)
            yield return new(
                "overlap_frames",
                $"An overlap of {settings.OverlapFrames} frames leaves no new frames in a part of {part}: use a smaller one or longer "
                    + "parts.");
        if (settings.Pipeline is not (PipelineKind.Distilled or PipelineKind.OneStage or PipelineKind.TwoStage or PipelineKind.TwoStageHq
            or PipelineKind.Keyframes))
            yield return new(
                "part_frames",
                $"The pipeline '{ChoiceNames.Name(settings.Pipeline)}' can't render a clip in parts: remove the setting or select "
                    + "'distilled', 'one-stage', 'two-stage', 'two-stage-hq' or 'keyframes'.");
        else if (settings.Videos.Count > 0)
            yield return new("video", "A clip that is rendered in parts can't have conditioning videos: remove them or 'part_frames'.");
    }

    /// <summary>Checks what only a client of the API can get wrong.</summary>
    private static string? Invalid(VideoFile video) =>
        video is { Width: >= 1 and <= VideoFile.MaxSide, Height: >= 1 and <= VideoFile.MaxSide, Frames: >= 1 and <= VideoFile.MaxFrames }
            && video.Fps is >= RenderSettingsRules.MinFps and <= VideoFile.MaxFps
            ? null
            : $"A video of {video.Width}x{video.Height}, {video.Frames} frames and {video.Fps} fps can't be used.";
}
