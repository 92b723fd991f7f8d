namespace MlxVideo.Shared.Renders;

/// <summary>The size a clip is rendered at, and how the asked size is cut from its centre.</summary>
/// <param name="Width">Rendered width.</param>
/// <param name="Height">Rendered height.</param>
/// <param name="CropLeft">Columns cut on the left.</param>
/// <param name="CropTop">Rows cut at the top.</param>
public sealed record RenderSize(int Width, int Height, int CropLeft, int CropTop)
{
    /// <summary>
    /// The rendered size of a clip: the next multiple of 32, by which the VAE divides it; of 64 where a first stage renders half of it.
    /// </summary>
    public static RenderSize For(RenderSettings settings)
    {
        var multiple = settings.Pipeline == PipelineKind.OneStage ? LatentSize.SpaceScale : 2 * LatentSize.SpaceScale;
        var width = NextMultiple(settings.Width, multiple);
        var height = NextMultiple(settings.Height, multiple);
        return new RenderSize(width, height, (width - settings.Width) / 2, (height - settings.Height) / 2);
    }

    private static int NextMultiple(int size, int multiple) => (size + multiple - 1) / multiple * multiple;
}
