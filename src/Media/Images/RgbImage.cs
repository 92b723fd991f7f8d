namespace MlxVideo.Media.Images;

/// <summary>An image in memory.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Pixels">U8 (Height, Width, 3): red, green, blue.</param>
public sealed record RgbImage(int Width, int Height, byte[] Pixels)
{
    /// <summary>Bytes per pixel.</summary>
    public const int Channels = 3;
}
