namespace MlxVideo.Media.Images;

/// <summary>A picture in memory.</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pixels">U8 (Height, Width, 3): red, green, blue.</param>
public sealed record RgbImage(int Width, int Height, byte[] Pixels)
{
    /// <summary>Bytes of one pixel.</summary>
    public const int Channels = 3;
}
