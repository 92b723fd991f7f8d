using System.Text;

namespace MlxVideo.Media.Ffmpeg;

/// <summary>The version of an ffmpeg program, and the encoders that it lacks.</summary>
/// <param name="Version">The version as printed by ffmpeg.</param>
/// <param name="MissingEncoders">Encoders that clips and conditioning images need.</param>
public sealed record FfmpegProbe(string Version, IReadOnlyList<string> MissingEncoders)
{
    /// <summary>The encoders of clips (<see cref="Clips.ClipEncoder"/>) and of conditioning images.</summary>
    private static readonly string[] Encoders = ["libx264", "aac"];

    /// <summary>Asks an ffmpeg program.</summary>
    /// <exception cref="MediaException">The program can't be started or fails.</exception>
    public static async Task<FfmpegProbe> RunAsync(FfmpegTools tools, CancellationToken cancellationToken)
    {
        var version = await TextAsync(tools, "-version", cancellationToken);
        var listed = (await TextAsync(tools, "-encoders", cancellationToken)).Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Where(words => words.Length > 1).Select(words => words[1]).ToHashSet(StringComparer.Ordinal);
        var words = version.Split('\n')[0].Split(' '); // ffmpeg version 7.1.1-1 Copyright ...
        return new FfmpegProbe(words.Length > 2 ? words[2] : "unknown", Encoders.Where(encoder => !listed.Contains(encoder)).ToList());
    }

    private static async Task<string> TextAsync(FfmpegTools tools, string question, CancellationToken cancellationToken)
    {
        var result = await FfmpegProcess.RunAsync(tools.Ffmpeg, ["-hide_banner", question], default, cancellationToken);
        return result.ExitCode == 0
            ? Encoding.UTF8.GetString(result.Output)
            : throw new MediaException($"{tools.Ffmpeg} {question} failed: {result.Error}");
    }
}
