namespace MlxVideo.Shared.Renders;

/// <summary>Size at which a clip is rendered, and the offset of the requested size in its centre, in pixels.</summary>
/// <param name="CropLeft">Columns cropped on the left.</param>
/// <param name="CropTop">Rows cropped at the top.</param>
public sealed record RenderSize(int Width, int Height, int CropLeft, int CropTop)
{
    /// <summary>
    /// Returns the rendered size of a clip: the next multiple of 32, the VAE's factor, or of 64 when denoise pass 1 runs at half size. The
    /// multiple of an upscaled clip depends on the factor.
    /// </summary>
    public static RenderSize For(RenderSettings settings)
    {
        var multiple = settings.Pipeline == PipelineKind.Upscale ? Upscaling.MultipleOf(settings)
            : HasHalfSizePass(settings.Pipeline) ? 2 * LatentSize.SpaceScale
            : LatentSize.SpaceScale;
        // A smaller reference video must still have whole latent cells in pass 1.
        if (settings.Pipeline == PipelineKind.IcLora)
            multiple *= settings.Adapters.Select(adapter => adapter.ReferenceDownscale).DefaultIfEmpty(1).Max();
        var width = NextMultiple(settings.Width, multiple);
        var height = NextMultiple(settings.Height, multiple);
        return new RenderSize(width, height, (width - settings.Width) / 2, (height - settings.Height) / 2);
    }

    /// <summary>True when denoise pass 1 runs at half of the clip's width and height.</summary>
    public static bool HasHalfSizePass(PipelineKind pipeline) => pipeline is PipelineKind.Distilled or PipelineKind.TwoStage
        or PipelineKind.TwoStageHq or PipelineKind.Keyframes or PipelineKind.IcLora or PipelineKind.AudioToVideo or PipelineKind.Upscale;

    private static int NextMultiple(int size, int multiple) => (size + multiple - 1) / multiple * multiple;
}
