using MlxVideo.Shared.Text;

namespace MlxVideo.Cli.Generate;

/// <summary>An image as <c>--image PATH [FRAME STRENGTH]</c> names it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Frame">The pixel frame that it stands for.</param>
/// <param name="Strength">How strongly it conditions the clip.</param>
public sealed record ImageArgument(string Path, int Frame, double Strength)
{
    /// <summary>
    /// Reads the values of all <c>--image</c> options in order. A value that is no number starts the next image, so a file
    /// called <c>12</c> is written <c>./12</c>.
    /// </summary>
    /// <param name="values">The values.</param>
    /// <param name="fault">What is wrong, in one sentence; null when all is well.</param>
    public static IReadOnlyList<ImageArgument> Read(IReadOnlyList<string> values, out string? fault)
    {
        fault = null;
        var images = new List<ImageArgument>();
        for (var next = 0; next < values.Count;)
        {
            var path = values[next++];
            if (NumberText.LooksLikeNumber(path))
            {
                fault = $"--image {path}: the path of the image comes first; write ./{path} if the file has this name.";
                return [];
            }

            var numbers = values.Skip(next).TakeWhile(NumberText.LooksLikeNumber).ToList();
            next += numbers.Count;
            var (frame, strength) = (0L, 1.0);
            var reason = (numbers.Count > 0 ? NumberText.ReadWhole(numbers[0], out frame) : null)
                ?? (numbers.Count > 1 ? NumberText.ReadDecimal(numbers[1], out strength) : null);
            if (reason is not null || numbers.Count > 2)
            {
                fault = reason is not null
                    ? $"--image {path}: {reason}"
                    : $"--image {path} {string.Join(' ', numbers)}: write PATH, or PATH FRAME STRENGTH "
                        + $"with a whole frame number, as in {path} 0 0.8.";
                return [];
            }

            images.Add(new ImageArgument(path, (int)Math.Clamp(frame, int.MinValue, int.MaxValue), strength));
        }

        return images;
    }
}
