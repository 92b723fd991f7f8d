using FFMpegCore.Pipes;

namespace MlxVideo.Media.Clips;

/// <summary>Streams a clip's frames to ffmpeg, converting one frame at a time.</summary>
internal sealed class FramePipeSource(IRgbFrames frames, FrameRate rate, RawFormat format) : IPipeSource
{
    /// <summary>Exception while producing the frames, if any.</summary>
    public Exception? Fault { get; private set; }

    /// <inheritdoc/>
    public string GetStreamArguments() =>
        $"-f rawvideo {format.Arguments} -video_size {frames.Width}x{frames.Height} -framerate {rate}";

    /// <inheritdoc/>
    public async Task WriteAsync(Stream outputStream, CancellationToken cancellationToken)
    {
        var rgb = new byte[RawFormat.Rgb.FrameLength(frames.Width, frames.Height)];
        var converted = new byte[format.FrameLength(frames.Width, frames.Height)];
        for (var index = 0; index < frames.Count; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Make(index, rgb, converted);
            await outputStream.WriteAsync(converted, cancellationToken);
        }
    }

    private void Make(int index, byte[] rgb, byte[] converted)
    {
        try
        {
            format.Read(frames, index, rgb, converted);
        }
        catch (Exception ex)
        {
            Fault = ex;
            throw;
        }
    }
}
