using FFMpegCore.Pipes;

namespace MlxVideo.Media.Clips;

/// <summary>Streams a clip's frames to ffmpeg as raw yuv420p, converting one frame at a time.</summary>
internal sealed class FramePipeSource(IRgbFrames frames, FrameRate rate) : IPipeSource
{
    /// <summary>Tags of BT.709 limited range; used for input and output, to prevent a conversion by ffmpeg.</summary>
    public const string ColorArguments = "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709";

    /// <summary>Exception while producing the frames, if any.</summary>
    public Exception? Fault { get; private set; }

    /// <inheritdoc/>
    public string GetStreamArguments() =>
        $"-f rawvideo -pixel_format yuv420p -video_size {frames.Width}x{frames.Height} -framerate {rate} {ColorArguments}";

    /// <inheritdoc/>
    public async Task WriteAsync(Stream outputStream, CancellationToken cancellationToken)
    {
        var rgb = new byte[frames.Width * frames.Height * 3];
        var yuv = new byte[Bt709.FrameLength(frames.Width, frames.Height)];
        for (var index = 0; index < frames.Count; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Make(index, rgb, yuv);
            await outputStream.WriteAsync(yuv, cancellationToken);
        }
    }

    private void Make(int index, byte[] rgb, byte[] yuv)
    {
        try
        {
            frames.Read(index, rgb);
            Bt709.Convert(rgb, frames.Width, frames.Height, yuv);
        }
        catch (Exception ex)
        {
            Fault = ex;
            throw;
        }
    }
}
