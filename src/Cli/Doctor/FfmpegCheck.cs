using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Cli.Doctor;

/// <summary>Checks that ffmpeg exists, starts and has the encoders of clips.</summary>
internal static class FfmpegCheck
{
    private const string Remedy = "Install it with './mlx-video setup', or with your system's package manager.";

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
