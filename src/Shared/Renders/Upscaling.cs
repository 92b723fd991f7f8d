namespace MlxVideo.Shared.Renders;

/// <summary>Factors by which latent upsamplers enlarge a source; the size of the clip selects one.</summary>
public static class Upscaling
{
    /// <summary>The factor of the upsampler that pipelines with two denoise passes use.</summary>
    public const double Usual = 2;

    /// <summary>The factor of an upsampler that some models have in addition.</summary>
    public const double Small = 1.5;

    /// <summary>Returns the factor of an upscaling: the small one if the clip has exactly this size, otherwise the usual one.</summary>
    public static double FactorOf(RenderSettings settings) =>
        settings.Source is { } source && settings.Width == source.Width * Small && settings.Height == source.Height * Small ? Small : Usual;

    /// <summary>True if a clip's size is that of the source times one of the factors.</summary>
    public static bool Fits(RenderSettings settings, VideoFile source) =>
        FactorOf(settings) == Small || (settings.Width == source.Width * Usual && settings.Height == source.Height * Usual);

    /// <summary>Lists the sizes to which a source can be upscaled, for messages.</summary>
    public static string SizesFor(VideoFile source) => string.Join(" or ", new[] { Usual, Small }
        .Select(factor => (Width: source.Width * factor, Height: source.Height * factor))
        .Where(size => size is { Width: var width, Height: var height } && width % 2 == 0 && height % 2 == 0)
        .Select(size => FormattableString.Invariant($"{size.Width}x{size.Height}")));

    /// <summary>
    /// Returns the multiple of pixels at which an upscaled clip is rendered. Its source has whole latent cells, and an even number of them
    /// on each side if it grows by a half.
    /// </summary>
    public static int MultipleOf(RenderSettings settings) => FactorOf(settings) == Small
        ? (int)(2 * LatentSize.SpaceScale * Small)
        : (int)(LatentSize.SpaceScale * Usual);
}
