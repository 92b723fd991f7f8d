using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Text;

namespace MlxVideo.Cli.Generate.Requests;

/// <summary>Parser for <c>--video PATH [FRAME] [STRENGTH]</c>.</summary>
public static class VideoArguments
{
    /// <summary>
    /// Parses the values of all <c>--video</c> options in order. A single number is the strength, as in mlx-video; of two numbers, the
    /// first is the frame.
    /// </summary>
    /// <param name="use">How the videos condition the clip.</param>
    /// <param name="error">The error in one sentence; null when there is none.</param>
    public static List<VideoInput> Read(IReadOnlyList<string> values, VideoUse use, out string? error)
    {
        error = null;
        var videos = new List<VideoInput>();
        for (var next = 0; next < values.Count;)
        {
            var path = values[next++];
            var numbers = values.Skip(next).TakeWhile(NumberText.LooksLikeNumber).ToList();
            next += numbers.Count;
            var (frame, strength) = (0L, 1.0);
            error = NumberText.LooksLikeNumber(path)
                ? $"--video {path}: the path of the video must come first; use ./{path} for a file with this name."
                : numbers switch
                {
                    [] => null,
                    [var only] => NumberText.ReadDecimal(only, out strength),
                    [var first, var second] => NumberText.ReadWhole(first, out frame) ?? NumberText.ReadDecimal(second, out strength),
                    _ => "use PATH, PATH STRENGTH or PATH FRAME STRENGTH, for example depth.mp4 0.9.",
                };
            if (error is not null)
            {
                error = error.StartsWith("--video", StringComparison.Ordinal)
                    ? error
                    : $"--video {path} {string.Join(' ', numbers)}: {error}";
                return [];
            }

            videos.Add(new VideoInput(Path.GetFullPath(path), (int)Math.Clamp(frame, int.MinValue, int.MaxValue), strength, use));
        }

        return videos;
    }
}
