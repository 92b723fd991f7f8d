using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Shared.Inputs;

/// <summary>Adds the files of a clip to its settings.</summary>
public static class InputSettings
{
    /// <summary>Stands for a file that has not been hashed.</summary>
    private static readonly BlobRef NotHashed = new(new string('0', 64), 0);

    /// <summary>
    /// Returns settings with the properties of the files, for checks: their contents are not hashed (see <see cref="WithBlobs"/>).
    /// </summary>
    /// <exception cref="InputException">A file can't be used.</exception>
    public static RenderSettings Describe(RenderSettings settings, ClipInputs inputs, IMediaProbe probe)
    {
        var described = settings with
        {
            Images = inputs.Images.Select(image => new ImageConditioning(NotHashed, image.Frame, image.Strength)).ToList(),
            Videos = inputs.Videos.Select(video => new VideoConditioning(
                Video(video.Path, "video", probe), video.Frame, video.Strength, video.Use)).ToList(),
            Adapters = inputs.Adapters.Select(Adapter).ToList(),
            ReferenceMask = inputs.ReferenceMask is { } mask ? Video(mask, "reference_mask", probe) : null,
            Source = inputs.Source is { } source ? Video(source, "source", probe) : null,
            Soundtrack = inputs.Soundtrack is { } sound ? Sound(sound, inputs.SoundtrackStart, probe) : null,
        };
        return described.Source is { } video ? WithSourceSettings(described, video, inputs.FromSource) : described;
    }

    /// <summary>Returns described settings with the blobs of the files.</summary>
    /// <param name="blobOf">Returns the blob of a file.</param>
    public static RenderSettings WithBlobs(RenderSettings described, ClipInputs inputs, Func<string, BlobRef> blobOf) => described with
    {
        Images = Each(described.Images, inputs.Images, (image, input) => image with { Image = blobOf(input.Path) }),
        Videos = Each(described.Videos, inputs.Videos, (video, input) => video with { Video = Stored(video.Video, input.Path, blobOf)! }),
        Adapters = Each(described.Adapters, inputs.Adapters, (adapter, input) => adapter with { File = blobOf(input.Path) }),
        ReferenceMask = Stored(described.ReferenceMask, inputs.ReferenceMask, blobOf),
        Source = Stored(described.Source, inputs.Source, blobOf),
        Soundtrack = described.Soundtrack is { } sound ? sound with { Blob = blobOf(inputs.Soundtrack!) } : null,
    };

    /// <summary>The blobs that a clip's settings refer to, with the setting of each.</summary>
    public static IEnumerable<(string Setting, BlobRef Blob)> BlobsOf(RenderSettings settings) =>
        settings.Images.Select(image => ("image", image.Image))
            .Concat(settings.Videos.Select(video => ("video", video.Video.Blob)))
            .Concat(settings.Adapters.Select(adapter => ("lora", adapter.File)))
            .Concat(settings.ReferenceMask is { } mask ? [("reference_mask", mask.Blob)] : [])
            .Concat(settings.Source is { } source ? [("source", source.Blob)] : [])
            .Concat(settings.Soundtrack is { } sound ? [("audio_file", sound.Blob)] : []);

    private static RenderSettings WithSourceSettings(RenderSettings settings, VideoFile source, SourceSettings taken)
    {
        var scale = settings.Pipeline == PipelineKind.Upscale ? 2 : 1;
        if (taken.HasFlag(SourceSettings.Size))
            settings = settings with { Width = Even(source.Width) * scale, Height = Even(source.Height) * scale };
        if (taken.HasFlag(SourceSettings.Length))
            settings = settings with { NumFrames = source.UsableFrames(RenderSettingsRules.MaxFrames) };
        return taken.HasFlag(SourceSettings.Rate) ? settings with { Fps = source.Fps } : settings;

        static int Even(int side) => side / 2 * 2;
    }

    private static VideoFile Video(string path, string setting, IMediaProbe probe)
    {
        var media = Read(path, setting, probe);
        return media.HasVideo
            ? new VideoFile(NotHashed, media.Width, media.Height, media.Frames, media.Fps, media.HasAudio)
            : throw new InputException(setting, $"{path} has no video: use a video file.");
    }

    private static SoundFile Sound(string path, double start, IMediaProbe probe)
    {
        var media = Read(path, "audio_file", probe);
        return media.HasAudio
            ? new SoundFile(NotHashed, media.AudioSeconds, start)
            : throw new InputException("audio_file", $"{path} has no audio: use a file with audio.");
    }

    private static MediaProperties Read(string path, string setting, IMediaProbe probe)
    {
        try
        {
            return probe.Read(path);
        }
        catch (IOException ex)
        {
            throw new InputException(setting, ex.Message, ex);
        }
    }

    private static ClipAdapter Adapter(AdapterInput input)
    {
        try
        {
            var scales = AdapterScales.Read(input.Path);
            return new ClipAdapter(NotHashed, input.Strength, input.Passes, scales.Downscale, scales.Temporal);
        }
        catch (Exception ex) when (ex is SafetensorsException or IOException or UnauthorizedAccessException)
        {
            throw new InputException("lora", ex.Message, ex);
        }
    }

    private static List<TSetting> Each<TSetting, TInput>(
        IReadOnlyList<TSetting> settings, IReadOnlyList<TInput> inputs, Func<TSetting, TInput, TSetting> stored) =>
        settings.Zip(inputs, stored).ToList();

    private static VideoFile? Stored(VideoFile? video, string? path, Func<string, BlobRef> blobOf) =>
        video is null ? null : video with { Blob = blobOf(path!) };
}
