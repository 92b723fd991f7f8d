using FFMpegCore;
using FFMpegCore.Enums;
using FFMpegCore.Exceptions;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Sound;

namespace MlxVideo.Media.Clips;

/// <summary>
/// Encodes clips as H.264 and AAC in mp4 (yuv420p, BT.709 limited range, index at the front). The bytes depend on the frames, the audio,
/// the frame rate and the versions of ffmpeg and x264. The number of encoder threads is fixed, since x264's output depends on it.
/// </summary>
public sealed class ClipEncoder(FfmpegTools tools)
{
    // The official encoder settings (docs/reference/vae.md, section 8).
    private const int Crf = 19;

    // The predecessor's value, sufficient for music.
    private const int AudioKilobits = 256;

    // More threads occasionally produce different bits (observed in 5 of 100 encodings of a clip with 64 rows and 4 threads).
    private const int Threads = 1;

    /// <summary>Encodes a clip; the file appears under its name only when complete.</summary>
    /// <param name="frames">The frames; width and height must be even.</param>
    /// <param name="sound">The audio, which may be shorter or longer than the video; null for none.</param>
    /// <param name="rate">Frames per second.</param>
    /// <param name="path">The mp4 to write; its folder is created if necessary.</param>
    /// <param name="cancellationToken">Cancels the encoding.</param>
    /// <exception cref="MediaException">The encoding failed; the message states the remedy.</exception>
    public async Task EncodeAsync(IRgbFrames frames, Waveform? sound, FrameRate rate, string path, CancellationToken cancellationToken)
    {
        if (frames.Width % 2 != 0 || frames.Height % 2 != 0)
            throw new ArgumentException(
                $"mp4 can't hold frames of {frames.Width}x{frames.Height} pixels: width and height must be even.", nameof(frames));
        using var output = PartialClip.Create(path);
        var source = new FramePipeSource(frames, rate);
        try
        {
            if (sound is not null)
                WaveFile.WritePcm16(Path.Combine(output.Folder, PartialClip.SoundName), sound);
            await Arguments(source, rate, sound is not null)
                .ProcessAsynchronously(true, Options(output.Folder), cancellationToken);
        }
        catch (Exception ex) when (ex is not OperationCanceledException)
        {
            // If the frames could not be produced, ffmpeg's error is only a consequence.
            if (source.Fault is { } cause)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
            cancellationToken.ThrowIfCancellationRequested();
            throw Failure(path, Path.GetDirectoryName(Path.GetFullPath(path))!, ex);
        }

        output.MoveTo(path);
    }

    private static FFMpegArgumentProcessor Arguments(FramePipeSource source, FrameRate rate, bool hasSound)
    {
        var input = FFMpegArguments.FromPipeInput(source);
        if (hasSound)
            input = input.AddFileInput(PartialClip.SoundName, verifyExists: false); // relative to the working directory
        return input.OutputToFile(PartialClip.ClipName, overwrite: true, options =>
        {
            options
                .WithVideoCodec(VideoCodec.LibX264)
                .WithSpeedPreset(EncoderPreset.VeryFast)
                .WithConstantRateFactor(Crf)
                .WithCustomArgument($"-r {rate} -pix_fmt yuv420p") // without -r, ffmpeg chooses a rate near the input's: 120 for 119.88
                .WithThreads(Threads)
                .WithCustomArgument(FramePipeSource.ColorArguments)
                .WithCustomArgument("-map_metadata -1 -fflags +bitexact -flags:v +bitexact")
                .WithFastStart();
            if (hasSound)
                options.WithCustomArgument("-map 0:v:0 -map 1:a:0 -flags:a +bitexact").WithAudioCodec(AudioCodec.Aac)
                    .WithAudioBitrate(AudioKilobits);
        });
    }

    private FFOptions Options(string folder) => new()
    {
        BinaryFolder = Path.GetDirectoryName(tools.Ffmpeg)!,
        // The output name is relative to this folder: no path needs quoting.
        WorkingDirectory = folder,
        LogLevel = FFMpegLogLevel.Error,
    };

    private static ClipEncodingException Failure(string path, string folder, Exception ex)
    {
        var said = ex is FFMpegProcessException ended ? FfmpegErrors.Tail(string.Join('\n', ended.Result.StandardError)) : ex.Message;
        return FfmpegErrors.IsDiskFull(said)
            ? new ClipEncodingException($"The disk that holds {folder} is full: free some space and try again.", isDiskFull: true, ex)
            : new ClipEncodingException($"ffmpeg failed to encode {path}: {said}", isDiskFull: false, ex);
    }
}
