using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Media.Clips;

/// <summary>Writes clips of audio alone: WAV files with 16-bit samples and the clip's tags.</summary>
internal sealed class AudioEncoder(FfmpegTools tools, ClipTags tags)
{
    /// <summary>Writes a clip; the file appears under its name only when complete.</summary>
    /// <exception cref="ClipEncodingException">It can't be written; the message states the remedy.</exception>
    public async Task EncodeAsync(Waveform sound, string path, CancellationToken cancellationToken)
    {
        using var output = PartialClip.Create(path);
        var (samples, text, clip) = (
            Path.Combine(output.Folder, PartialClip.SoundName), Path.Combine(output.Folder, PartialClip.TagsName),
            Path.Combine(output.Folder, output.ClipName));
        try
        {
            WaveFile.WritePcm16(samples, sound);
            await tags.WriteAsync(text, cancellationToken);
        }
        catch (Exception ex) when (ex is UnauthorizedAccessException or (IOException and not MediaException))
        {
            throw new ClipEncodingException($"{path} can't be written: {ex.Message}", OutOfSpace.Is(ex), ex);
        }

        var written = await FfmpegProcess.RunAsync(
            tools.Ffmpeg,
            ["-nostdin", "-v", "error", "-i", $"file:{samples}", "-f", "ffmetadata", "-i", $"file:{text}", "-map", "0:a:0", "-map_metadata",
                "1", "-c:a", "copy", "-flags:a", "+bitexact", "-fflags", "+bitexact", "-f", "wav", $"file:{clip}"],
            default, cancellationToken);
        if (written.ExitCode != 0)
            throw new ClipEncodingException(
                $"ffmpeg failed to write {path}: {written.Error}", FfmpegErrors.IsDiskFull(written.Error),
                new MediaException(written.Error));
        output.MoveTo(path);
    }
}
