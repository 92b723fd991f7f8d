namespace MlxVideo.Media.Images.Containers;

/// <summary>
/// The first picture of an image file, without what decoders reject and viewers ignore: bytes behind the end, further frames
/// of an animation, metadata.
/// </summary>
/// <param name="Demuxer">ffmpeg's demuxer of still pictures of this format, all of which read from a pipe.</param>
/// <param name="Data">A file of this format with the picture alone.</param>
/// <param name="Canvas">Where the picture lies in a larger canvas; null when it is all of it.</param>
internal sealed record FirstPicture(string Demuxer, ReadOnlyMemory<byte> Data, CanvasPlace? Canvas = null)
{
    /// <summary>Finds it by the file's content; null when the format is unknown or the file is visibly cut off or damaged.</summary>
    public static FirstPicture? Find(ReadOnlyMemory<byte> file) => file.Span switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => PngContainer.FirstPicture(file.Span),
        [0xFF, 0xD8, ..] => JpegContainer.FirstPicture(file),
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => GifContainer.FirstPicture(file.Span),
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] =>
            WebpContainer.FirstPicture(file),
        [(byte)'B', (byte)'M', ..] => new FirstPicture("bmp_pipe", file),
        _ => null,
    };
}

/// <summary>The place of an animation's frame in its canvas.</summary>
internal sealed record CanvasPlace(int CanvasWidth, int CanvasHeight, int Left, int Top);
