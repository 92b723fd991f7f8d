namespace MlxVideo.Shared.Renders;

/// <summary>
/// Size of a video latent (LTX-2's VAE): one latent frame per 8 pixel frames, except that the first pixel frame has its own, and one
/// latent cell per 32 x 32 pixels.
/// </summary>
public sealed record LatentSize(int Frames, int Height, int Width)
{
    /// <summary>Pixel frames per latent frame, after the first.</summary>
    public const int TimeScale = 8;

    /// <summary>Side length of a latent cell in pixels.</summary>
    public const int SpaceScale = 32;

    /// <summary>Returns the latent size of a clip.</summary>
    public static LatentSize ForPixels(int numFrames, int width, int height) =>
        new((numFrames - 1) / TimeScale + 1, height / SpaceScale, width / SpaceScale);

    /// <summary>Tokens at patch size 1.</summary>
    public int Tokens => Frames * TokensPerFrame;

    public int TokensPerFrame => Height * Width;
}
