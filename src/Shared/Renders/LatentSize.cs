namespace MlxVideo.Shared.Renders;

/// <summary>Size of a video latent: 8 pixel frames (the first alone) and 32 x 32 pixels a cell (LTX-2's VAE).</summary>
/// <param name="Frames">Latent frames.</param>
/// <param name="Height">Latent rows.</param>
/// <param name="Width">Latent columns.</param>
public sealed record LatentSize(int Frames, int Height, int Width)
{
    /// <summary>Pixel frames for each latent frame after the first.</summary>
    public const int TimeScale = 8;

    /// <summary>Pixels a side for each latent cell.</summary>
    public const int SpaceScale = 32;

    /// <summary>The latent of a clip of this many frames and pixels.</summary>
    public static LatentSize ForPixels(int numFrames, int width, int height) =>
        new((numFrames - 1) / TimeScale + 1, height / SpaceScale, width / SpaceScale);

    /// <summary>Tokens at patch size 1.</summary>
    public int Tokens => Frames * TokensPerFrame;

    /// <summary>Tokens of one latent frame.</summary>
    public int TokensPerFrame => Height * Width;
}
