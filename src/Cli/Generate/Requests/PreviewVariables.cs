using MlxVideo.Media.Clips;
using MlxVideo.Shared.Text;

namespace MlxVideo.Cli.Generate.Requests;

/// <summary>
/// The environment variables with which a program that runs <c>generate</c> asks for previews; the predecessor's names and defaults.
/// </summary>
public static class PreviewVariables
{
    /// <summary>Path of the JPEG file; without it, there is no preview.</summary>
    public const string PathName = "MLX_VIDEO_PREVIEW_PATH";

    /// <summary>Number of frames from one preview to the next.</summary>
    public const string EveryName = "MLX_VIDEO_PREVIEW_EVERY";

    /// <summary>Maximum length of the longer side in pixels.</summary>
    public const string MaxSideName = "MLX_VIDEO_PREVIEW_MAX_DIM";

    /// <summary>JPEG quality, 1 to 100.</summary>
    public const string QualityName = "MLX_VIDEO_PREVIEW_QUALITY";

    private const int MaxSide = 4096;

    /// <summary>Reads the variables; null without a path. Errors are added as sentences that name the variable.</summary>
    /// <param name="variable">Returns the value of a variable; null or empty when it is not set.</param>
    public static PreviewSettings? Read(Func<string, string?> variable, ICollection<string> errors)
    {
        if (variable(PathName) is not { Length: > 0 } path)
            return null;
        var defaults = new PreviewSettings(Path.GetFullPath(path));
        if (!Directory.Exists(Path.GetDirectoryName(defaults.Path)))
            errors.Add($"{PathName}: the folder of {defaults.Path} does not exist: create it, or unset the variable.");
        return defaults with
        {
            Every = Number(EveryName, defaults.Every, int.MaxValue),
            MaxSide = Number(MaxSideName, defaults.MaxSide, MaxSide),
            Quality = Number(QualityName, defaults.Quality, 100),
        };

        int Number(string name, int byDefault, int max)
        {
            if (variable(name) is not { Length: > 0 } text)
                return byDefault;
            var error = NumberText.ReadWhole(text, out var value);
            if (error is null && value >= 1 && value <= max)
                return (int)value;
            errors.Add($"{name}: {error ?? $"{value} is outside the range 1 to {max}."}");
            return byDefault;
        }
    }
}
