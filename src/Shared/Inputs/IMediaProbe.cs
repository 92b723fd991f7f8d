namespace MlxVideo.Shared.Inputs;

/// <summary>Examines media files. Thread-safe.</summary>
public interface IMediaProbe
{
    /// <summary>Returns null when the existing image at <paramref name="path"/> is readable, otherwise a one-sentence error.</summary>
    string? ImageError(string path);

    /// <summary>Returns the properties of a media file.</summary>
    /// <exception cref="IOException">The file is missing, damaged or not a media file; the message is one sentence.</exception>
    MediaProperties Read(string path);
}

/// <summary>Properties of a media file, as displayed.</summary>
/// <param name="Width">Width in pixels, after rotation; 0 without video.</param>
/// <param name="Height">Height in pixels, after rotation; 0 without video.</param>
/// <param name="Frames">Number of frames; 0 without video, 1 for an image.</param>
/// <param name="Fps">Average frames per second; 0 without video.</param>
/// <param name="SampleRate">Samples per second of the audio; null without audio.</param>
/// <param name="AudioSeconds">Duration of the audio in seconds; 0 without audio.</param>
public sealed record MediaProperties(int Width, int Height, int Frames, double Fps, int? SampleRate, double AudioSeconds)
{
    public bool HasVideo => Frames > 0;

    public bool HasAudio => SampleRate is not null;
}
