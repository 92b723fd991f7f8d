namespace MlxVideo.Shared.Renders;

/// <summary>Length of an audio latent, which follows from the clip's length alone (docs/reference/pipelines.md, fact 29).</summary>
public static class AudioLatentSize
{
    /// <summary>Latent frames of a second: 16 kHz, 160 samples a spectrogram frame, 4 of these a latent frame.</summary>
    public const double FramesPerSecond = 25;

    /// <summary>
    /// Latent frames, which are tokens too, of a clip's sound: its seconds times 25, halves to even; 0 for the shortest clips at high
    /// rates.
    /// </summary>
    /// <param name="numFrames">Pixel frames of the clip.</param>
    /// <param name="fps">Frames per second of the clip.</param>
    public static int FramesForVideo(int numFrames, double fps) =>
        (int)Math.Round(numFrames / fps * FramesPerSecond, MidpointRounding.ToEven);
}
