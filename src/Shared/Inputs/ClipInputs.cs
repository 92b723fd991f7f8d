using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Inputs;

/// <summary>The files of a clip as absolute paths, before they are examined and stored.</summary>
public sealed record ClipInputs
{
    /// <summary>A clip without files.</summary>
    public static ClipInputs None { get; } = new();

    /// <summary>Conditioning images, in the order given.</summary>
    public IReadOnlyList<ImageInput> Images { get; init; } = [];

    /// <summary>Conditioning videos, in the order given.</summary>
    public IReadOnlyList<VideoInput> Videos { get; init; } = [];

    /// <summary>Adapters, in the order given.</summary>
    public IReadOnlyList<AdapterInput> Adapters { get; init; } = [];

    /// <summary>Mask of the reference videos; null for none.</summary>
    public string? ReferenceMask { get; init; }

    /// <summary>The video that a retake, an extension or an upscaling starts from; null for none.</summary>
    public string? Source { get; init; }

    /// <summary>The audio that a video is rendered for; null for none.</summary>
    public string? Soundtrack { get; init; }

    /// <summary>Time in seconds at which the clip's audio starts in <see cref="Soundtrack"/>.</summary>
    public double SoundtrackStart { get; init; }

    /// <summary>Settings that are those of <see cref="Source"/> because the user gave no others.</summary>
    public SourceSettings FromSource { get; init; }

    /// <summary>All files, each once.</summary>
    public IReadOnlyList<string> Paths =>
        [.. Images.Select(image => image.Path).Concat(MediaPaths).Concat(Adapters.Select(adapter => adapter.Path)).Distinct()];

    /// <summary>Video and audio files, each once.</summary>
    public IReadOnlyList<string> MediaPaths => Videos.Select(video => video.Path)
        .Concat(new[] { ReferenceMask, Source, Soundtrack }.OfType<string>()).Distinct().ToList();
}

/// <summary>A conditioning image file.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Frame">Pixel frame that the image conditions.</param>
/// <param name="Strength">1 keeps the image unchanged, 0 ignores it.</param>
public sealed record ImageInput(string Path, int Frame, double Strength);

/// <summary>A conditioning video file.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Frame">First pixel frame that it conditions.</param>
/// <param name="Strength">1 keeps the video unchanged, 0 ignores it.</param>
/// <param name="Use">How it conditions the clip.</param>
public sealed record VideoInput(string Path, int Frame, double Strength, VideoUse Use);

/// <summary>An adapter file.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Strength">Factor on the adapter.</param>
/// <param name="Passes">The denoise passes that use it.</param>
public sealed record AdapterInput(string Path, double Strength, AdapterPasses Passes);

/// <summary>Settings of a source video.</summary>
[Flags]
public enum SourceSettings
{
    None = 0,

    /// <summary>Width and height.</summary>
    Size = 1,

    /// <summary>Number of frames.</summary>
    Length = 2,

    /// <summary>Frames per second.</summary>
    Rate = 4,
}
