using System.Security.Cryptography;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Clips;

/// <summary>A name for what a clip shows, whatever its container's bytes.</summary>
public static class FrameHash
{
    /// <summary>
    /// MD5, in lower-case hexadecimal digits, of what <c>ffmpeg -v error -i CLIP -map 0:v:0 -fflags +bitexact -f framemd5 -</c> prints:
    /// size, rate and a hash of every frame.
    /// </summary>
    /// <exception cref="MediaException">The clip can't be read.</exception>
    public static async Task<string> Md5(FfmpegTools tools, string path, CancellationToken cancellationToken)
    {
        var result = await FfmpegProcess.Run(
            tools.Ffmpeg,
            ["-nostdin", "-v", "error", "-i", $"file:{Path.GetFullPath(path)}", "-map", "0:v:0", "-fflags", "+bitexact", "-f", "framemd5",
                "-"], default, cancellationToken);
        return result.ExitCode == 0
            ? Convert.ToHexStringLower(MD5.HashData(result.Output))
            : throw new MediaException($"The clip {path} can't be read; ffmpeg said: {result.Error}");
    }
}
