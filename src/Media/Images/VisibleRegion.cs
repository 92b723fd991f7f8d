namespace MlxVideo.Media.Images;

/// <summary>
/// The central region of an image that is visible in clips of given sizes after the image has been scaled to cover them. Compression and
/// scaling process whole images, as in the official code; only images too large for them are cropped first.
/// </summary>
public static class VisibleRegion
{
    /// <summary>Additional pixels on each side, since scaling reads neighbouring pixels.</summary>
    private const int Margin = 2;

    /// <summary>Maximum pixels of a scaled image: 2 GiB in float32. An image of 2 x 10000 covers 512 x 512 at 512 x 2560000.</summary>
    private const long MaxScaledPixels = (2L << 30) / (sizeof(float) * RgbImage.Channels);

    /// <summary>Returns the image unchanged when it can be compressed and scaled, otherwise its visible region.</summary>
    /// <param name="image">The image.</param>
    /// <param name="targets">The sizes of the clip's denoise passes.</param>
    /// <param name="isCompressed">True when the image is first processed by <see cref="ImageCompression"/>.</param>
    public static RgbImage Of(RgbImage image, IReadOnlyList<(int Width, int Height)> targets, bool isCompressed)
    {
        var isTooLarge = isCompressed && Math.Max(image.Width, image.Height) > ImageCompression.MaxSide;
        if (!isTooLarge && targets.All(target => ScaledPixels(image, target) <= MaxScaledPixels))
            return image;
        var width = targets.Max(target => Needed(image.Width, target.Width / Scale(image, target)));
        var height = targets.Max(target => Needed(image.Height, target.Height / Scale(image, target)));
        return Centre(image, width, height);
    }

    private static double Scale(RgbImage image, (int Width, int Height) target) =>
        Math.Max((double)target.Width / image.Width, (double)target.Height / image.Height);

    private static double ScaledPixels(RgbImage image, (int Width, int Height) target) =>
        Math.Ceiling(image.Width * Scale(image, target)) * Math.Ceiling(image.Height * Scale(image, target));

    /// <summary>Returns the number of pixels of a side to keep, with the same number cropped at both ends.</summary>
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
