using MlxVideo.Shared.Diagnostics;

namespace MlxVideo.Media.Ffmpeg;

/// <summary>Checks that ffmpeg exists, starts and has the encoders of clips.</summary>
public static class FfmpegCheck
{
    private const string Remedy = "Install it with './mlx-video setup', or with your system's package manager.";

    /// <summary>Runs the ffmpeg on this process's PATH.</summary>
    public static async Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var tools = FfmpegTools.Find();
            var probe = await FfmpegProbe.RunAsync(tools, cancellationToken);
            return probe.MissingEncoders.Count == 0
                ? new CheckResult("ffmpeg", CheckOutcome.Passed, $"version {probe.Version}, with all encoders")
                : new CheckResult(
                    "ffmpeg", CheckOutcome.Failed,
                    $"version {probe.Version} at {tools.Ffmpeg}, without the encoders {string.Join(", ", probe.MissingEncoders)}",
                    "Install a build of ffmpeg with these encoders, such as that of Homebrew or Debian.");
        }
        catch (MediaException ex)
        {
            return new CheckResult("ffmpeg", CheckOutcome.Failed, ex.Message.TrimEnd('.'), Remedy);
        }
    }
}
