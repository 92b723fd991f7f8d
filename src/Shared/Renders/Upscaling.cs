namespace MlxVideo.Shared.Renders;

/// <summary>Factors by which latent upsamplers enlarge a source; the size of the clip selects one.</summary>
public static class Upscaling
{
    /// <summary>The factor of the upsampler that pipelines with two denoise passes use.</summary>
    public const double DefaultFactor = 2;

    /// <summary>The factor of an upsampler that some models have in addition.</summary>
    public const double SmallFactor = 1.5;

    private static readonly double[] Factors = [DefaultFactor, SmallFactor];

    /// <summary>Returns the factor of an upscaling; the default one for a size that is not the source's times a factor.</summary>
    public static double FactorOf(RenderSettings settings) => FindFactor(settings) ?? DefaultFactor;

    /// <summary>True if the clip's size is the source's times one of the factors.</summary>
    public static bool Fits(RenderSettings settings) => FindFactor(settings) is not null;

    /// <summary>Lists the sizes to which a source can be upscaled, for messages.</summary>
    public static string SizesFor(VideoFile source) => string.Join(" or ", Factors
        .Select(factor => (Width: source.Width * factor, Height: source.Height * factor))
        .Where(size => size.Width % 2 == 0 && size.Height % 2 == 0)
        .Select(size => FormattableString.Invariant($"{size.Width}x{size.Height}")));

    /// <summary>
    /// Returns the multiple of pixels at which an upscaled clip is rendered. Its source has whole latent cells, and an even number of them
    /// on each side if it grows by a half.
    /// </summary>
    public static int MultipleOf(RenderSettings settings) => FactorOf(settings) == SmallFactor
        ? (int)(2 * LatentSize.SpaceScale * SmallFactor)
        : (int)(LatentSize.SpaceScale * DefaultFactor);

    private static double? FindFactor(RenderSettings settings) => settings.Source is { } source
        ? Factors.Where(factor => settings.Width == source.Width * factor && settings.Height == source.Height * factor)
            .Select(factor => (double?)factor).FirstOrDefault()
        : null;
}
