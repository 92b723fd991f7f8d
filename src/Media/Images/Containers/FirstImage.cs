namespace MlxVideo.Media.Images.Containers;

/// <summary>
/// The first image in an image file, without data that decoders reject and viewers ignore: trailing bytes, further frames of an animation,
/// metadata.
/// </summary>
/// <param name="Demuxer">ffmpeg's demuxer for still images of this format; these demuxers all read from a pipe.</param>
/// <param name="Data">A file of this format with only this image.</param>
/// <param name="Canvas">Position of the image in a larger canvas; null when it fills the canvas.</param>
internal sealed record FirstImage(string Demuxer, ReadOnlyMemory<byte> Data, CanvasPlace? Canvas = null)
{
    /// <summary>Finds the first image of a file; null when the format is unknown or the file is detectably truncated or damaged.</summary>
    public static FirstImage? Find(ReadOnlyMemory<byte> file) => file.Span switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => PngContainer.FirstImageOf(file.Span),
        [0xFF, 0xD8, ..] => JpegContainer.FirstImageOf(file),
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => GifContainer.FirstImageOf(file.Span),
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] =>
            WebpContainer.FirstImageOf(file),
        [(byte)'B', (byte)'M', ..] => new FirstImage("bmp_pipe", file),
        _ => null,
    };
}

/// <summary>Position of an animation's frame in its canvas, in pixels.</summary>
internal sealed record CanvasPlace(int CanvasWidth, int CanvasHeight, int Left, int Top);
