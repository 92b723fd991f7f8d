using System.Security.Cryptography;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Clips;

/// <summary>Computes the hash of a clip's frames, independent of the container.</summary>
public static class FrameHash
{
    /// <summary>
    /// Returns the MD5, in lower-case hexadecimal digits, of the output of
    /// <c>ffmpeg -v error -i CLIP -map 0:v:0 -fflags +bitexact -f framemd5 -</c>: size, frame rate and a hash of every frame. For a WAV
    /// file, the stream is the audio.
    /// </summary>
    /// <exception cref="MediaException">The clip can't be read.</exception>
    public static async Task<string> Md5Async(FfmpegTools tools, string path, CancellationToken cancellationToken)
    {
        var result = await FfmpegProcess.RunAsync(
            tools.Ffmpeg,
            ["-nostdin", "-v", "error", "-i", $"file:{Path.GetFullPath(path)}", "-map", IsAudio(path) ? "0:a:0" : "0:v:0",
                "-fflags", "+bitexact", "-f", "framemd5", "-"], default, cancellationToken);
        return result.ExitCode == 0
            ? Convert.ToHexStringLower(MD5.HashData(result.Output))
            : throw new MediaException($"ffmpeg can't read the clip {path}: {result.Error}");
    }

    private static bool IsAudio(string path) => Path.GetExtension(path).Equals(".wav", StringComparison.OrdinalIgnoreCase);
}
