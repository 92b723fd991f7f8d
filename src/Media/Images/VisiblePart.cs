namespace MlxVideo.Media.Images;

/// <summary>
/// The centre of a picture that clips of given sizes show, once it is scaled until both sides cover the clip. Compression and
/// scaling see whole pictures, as the official code does; only those that neither could take are cut before.
/// </summary>
public static class VisiblePart
{
    /// <summary>Scaling reads neighbouring pixels.</summary>
    private const int Margin = 2;

    /// <summary>Most pixels of a scaled picture: 2 GiB in float32. A picture of 2 x 10000 covers 512 x 512 at 512 x 2560000.</summary>
    private const long MostScaledPixels = (2L << 30) / (sizeof(float) * RgbImage.Channels);

    /// <summary>The picture itself when it can be compressed and scaled, else its visible part.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="targets">The sizes of the clip's stages.</param>
    /// <param name="isCompressed">True when it goes through <see cref="ImageCompression"/> first.</param>
    public static RgbImage Of(RgbImage image, IReadOnlyList<(int Width, int Height)> targets, bool isCompressed)
    {
        var isTooLarge = isCompressed && Math.Max(image.Width, image.Height) > ImageCompression.MaxSide;
        if (!isTooLarge && targets.All(target => ScaledPixels(image, target) <= MostScaledPixels))
            return image;
        var width = targets.Max(target => Needed(image.Width, target.Width / Scale(image, target)));
        var height = targets.Max(target => Needed(image.Height, target.Height / Scale(image, target)));
        return Centre(image, width, height);
    }

    private static double Scale(RgbImage image, (int Width, int Height) target) =>
        Math.Max((double)target.Width / image.Width, (double)target.Height / image.Height);

    private static double ScaledPixels(RgbImage image, (int Width, int Height) target) =>
        Math.Ceiling(image.Width * Scale(image, target)) * Math.Ceiling(image.Height * Scale(image, target));

    /// <summary>Pixels of a side, as many cut off before as behind.</summary>
    private static int Needed(int side, double visible)
    {
        var needed = (int)Math.Ceiling(visible) + (2 * Margin);
        return Math.Min(side, needed + ((side - needed) & 1));
    }

    private static RgbImage Centre(RgbImage image, int width, int height)
    {
        var pixels = new byte[width * height * RgbImage.Channels];
        var (left, top, row) = ((image.Width - width) / 2, (image.Height - height) / 2, width * RgbImage.Channels);
        for (var y = 0; y < height; y++)
            image.Pixels.AsSpan((((top + y) * image.Width) + left) * RgbImage.Channels, row).CopyTo(pixels.AsSpan(y * row));
        return new RgbImage(width, height, pixels);
    }
}
