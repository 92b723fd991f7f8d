using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Text;

namespace MlxVideo.Cli.Generate.Requests;

/// <summary>Parser for <c>--image PATH [FRAME STRENGTH]</c>.</summary>
public static class ImageArguments
{
    /// <summary>
    /// Parses the values of all <c>--image</c> options in order. A value that is not a number starts the next image; a file named <c>12</c>
    /// is written <c>./12</c>.
    /// </summary>
    /// <param name="error">The error in one sentence; null when there is none.</param>
    /// <param name="defaultFrame">Frame of images without one.</param>
    /// <param name="defaultStrength">Strength of images without one.</param>
    public static IReadOnlyList<ImageInput> Read(
        IReadOnlyList<string> values, out string? error, int defaultFrame = 0, double defaultStrength = 1)
    {
        error = null;
        var images = new List<ImageInput>();
        for (var next = 0; next < values.Count;)
        {
            var path = values[next++];
            if (NumberText.LooksLikeNumber(path))
            {
                error = $"--image {path}: the path of the image must come first; use ./{path} for a file with this name.";
                return [];
            }

            var numbers = values.Skip(next).TakeWhile(NumberText.LooksLikeNumber).ToList();
            next += numbers.Count;
            var (frame, strength) = ((long)defaultFrame, defaultStrength);
            var reason = (numbers.Count > 0 ? NumberText.ReadWhole(numbers[0], out frame) : null)
                ?? (numbers.Count > 1 ? NumberText.ReadDecimal(numbers[1], out strength) : null);
            if (reason is not null || numbers.Count > 2)
            {
                error = reason is not null
                    ? $"--image {path}: {reason}"
                    : $"--image {path} {string.Join(' ', numbers)}: use PATH or PATH FRAME STRENGTH "
                        + $"with a whole frame number, for example {path} 0 0.8.";
                return [];
            }

            images.Add(new ImageInput(Path.GetFullPath(path), (int)Math.Clamp(frame, int.MinValue, int.MaxValue), strength));
        }

        return images;
    }
}
