namespace MlxVideo.Shared.Renders;

/// <summary>Length of an audio latent, determined by the clip's duration alone (docs/reference/pipelines.md, fact 29).</summary>
public static class AudioLatentSize
{
    /// <summary>Latent frames per second: 16 kHz, 160 samples per spectrogram frame, 4 spectrogram frames per latent frame.</summary>
    public const double FramesPerSecond = 25;

    /// <summary>
    /// Returns the number of latent frames, which equals the number of tokens, of a clip's audio: its duration in seconds times 25, rounded
    /// half to even. 0 for the shortest clips at high frame rates.
    /// </summary>
    /// <param name="numFrames">Pixel frames of the clip.</param>
    public static int FramesForVideo(int numFrames, double fps) =>
        (int)Math.Round(numFrames / fps * FramesPerSecond, MidpointRounding.ToEven);
}
