namespace MlxVideo.Shared.Renders;

/// <summary>The size a clip is rendered at, and how the asked size is cut from its centre.</summary>
/// <param name="Width">Rendered width: the next multiple of 64.</param>
/// <param name="Height">Rendered height: the next multiple of 64.</param>
/// <param name="CropLeft">Columns cut on the left.</param>
/// <param name="CropTop">Rows cut at the top.</param>
public sealed record RenderSize(int Width, int Height, int CropLeft, int CropTop)
{
    /// <summary>Two-stage pipelines halve the size and the VAE divides it by 32.</summary>
    public const int Multiple = 64;

    /// <summary>The rendered size for an asked one.</summary>
    public static RenderSize For(int width, int height)
    {
        var renderedWidth = NextMultiple(width);
        var renderedHeight = NextMultiple(height);
        return new RenderSize(renderedWidth, renderedHeight, (renderedWidth - width) / 2, (renderedHeight - height) / 2);
    }

    private static int NextMultiple(int size) => (size + Multiple - 1) / Multiple * Multiple;
}
