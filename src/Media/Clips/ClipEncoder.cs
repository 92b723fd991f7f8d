using FFMpegCore;
using FFMpegCore.Enums;
using FFMpegCore.Exceptions;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Media.Clips;

/// <summary>
/// Encodes clips; by default as H.264 and AAC in mp4 (yuv420p, BT.709 limited range, index at the front). The bytes depend on the frames,
/// the audio, the frame rate, the settings, the tags and the versions of ffmpeg and its libraries; those of VideoToolbox may differ on
/// every run.
/// </summary>
/// <param name="settings">Encoder and quality; <see cref="OutputSettings.Default"/> when null.</param>
/// <param name="tags">Tags of the container, which do not affect the frames; none when null.</param>
public sealed class ClipEncoder(FfmpegTools tools, OutputSettings? settings = null, ClipTags? tags = null)
{
    private readonly EncoderArguments _arguments = EncoderArguments.Of(settings ?? OutputSettings.Default);

    /// <summary>Encodes a clip; the file appears under its name only when complete.</summary>
    /// <param name="frames">The frames; width and height must be even.</param>
    /// <param name="sound">The audio; null for none. It does not change the number of frames.</param>
    /// <param name="rate">Frames per second.</param>
    /// <param name="path">The file to write, with the encoder's extension; its folder is created if necessary.</param>
    /// <param name="cancellationToken">Cancels the encoding.</param>
    /// <exception cref="MediaException">The encoding failed; the message states the remedy.</exception>
    public async Task EncodeAsync(IRgbFrames frames, Waveform? sound, FrameRate rate, string path, CancellationToken cancellationToken)
    {
        if (frames.Width % 2 != 0 || frames.Height % 2 != 0)
            throw new ArgumentException(
                $"mp4 can't hold frames of {frames.Width}x{frames.Height} pixels: width and height must be even.", nameof(frames));
        using var output = PartialClip.Create(path);
        var source = new FramePipeSource(frames, rate, _arguments.Input);
        try
        {
            if (sound is not null)
                WaveFile.WritePcm16(Path.Combine(output.Folder, PartialClip.SoundName), sound);
            if (tags is not null)
                await tags.WriteAsync(Path.Combine(output.Folder, PartialClip.TagsName), cancellationToken);
            await Arguments(source, rate, sound is not null, output.ClipName)
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

    private FFMpegArgumentProcessor Arguments(FramePipeSource source, FrameRate rate, bool hasSound, string clipName)
    {
        // File names are relative to the working directory.
        var input = FFMpegArguments.FromPipeInput(source);
        if (hasSound)
            input = input.AddFileInput(PartialClip.SoundName, verifyExists: false);
        if (tags is not null)
            input = input.AddFileInput(PartialClip.TagsName, verifyExists: false, options => options.ForceFormat("ffmetadata"));
        return input.OutputToFile(clipName, overwrite: true, options =>
        {
            // Without -r, ffmpeg chooses a rate near the input's: 120 for 119.88.
            options.WithCustomArgument($"-map 0:v:0 {_arguments.Video} -r {rate} -flags:v +bitexact");
            if (hasSound)
                options.WithCustomArgument($"-map 1:a:0 {_arguments.Audio} -flags:a +bitexact");
            options.WithCustomArgument($"-map_metadata {(tags is null ? -1 : hasSound ? 2 : 1)} -map_chapters -1 -fflags +bitexact");
            options.WithCustomArgument(_arguments.Container);
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
