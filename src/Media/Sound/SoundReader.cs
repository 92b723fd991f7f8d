using System.Globalization;
using System.Runtime.InteropServices;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Sound;

/// <summary>Reads the audio of media files with ffmpeg.</summary>
public static class SoundReader
{
    private const int Stereo = 2;

    /// <summary>Reads a file's first audio stream as stereo at its own sample rate.</summary>
    /// <param name="start">In seconds.</param>
    /// <param name="seconds">Maximum duration.</param>
    /// <exception cref="UnreadableMediaException">The file is damaged or has no audio.</exception>
    /// <exception cref="MediaException">ffmpeg can't be started.</exception>
    public static Waveform Read(FfmpegTools tools, string path, double start, double seconds, CancellationToken cancellationToken)
    {
        var info = MediaProbe.Read(tools, path, cancellationToken);
        if (info.SampleRate is not { } rate)
            throw new UnreadableMediaException($"{path} has no audio: use a file with audio.");
        string[] from = start > 0 ? ["-ss", Text(start)] : [];
        var result = FfmpegProcess.RunAsync(
                tools.Ffmpeg,
                [.. InputFile.Arguments(path, from), "-map", "0:a:0", "-t", Text(seconds), "-ac", $"{Stereo}", "-ar", $"{rate}",
                    "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"],
                default, cancellationToken).GetAwaiter().GetResult();
        if (result.ExitCode != 0)
            throw new UnreadableMediaException($"The audio of {path} can't be read (ffmpeg: {result.Error}).");
        var samples = MemoryMarshal.Cast<byte, float>(result.Output).ToArray();
        // -t counts packets' times; the last packet may exceed it by less than a sample.
        var most = (int)Math.Round(seconds * rate) * Stereo;
        return new Waveform(rate, Stereo, samples.Length > most ? samples[..most] : samples);
    }

    private static string Text(double seconds) => seconds.ToString("0.######", CultureInfo.InvariantCulture);
}
