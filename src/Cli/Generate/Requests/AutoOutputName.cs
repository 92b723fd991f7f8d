using MlxVideo.Shared.Csv;

namespace MlxVideo.Cli.Generate.Requests;

/// <summary>Names a clip after its prompt without replacing another file.</summary>
internal static class AutoOutputName
{
    /// <summary>Returns the path of a file that does not exist yet.</summary>
    /// <param name="output">The folder, or a file in it; null for the current folder.</param>
    /// <param name="extension">Extension of the clip's encoder.</param>
    public static string Choose(string? output, string prompt, string extension)
    {
        var folder = output is null ? Environment.CurrentDirectory
            : Path.HasExtension(output) ? Path.GetDirectoryName(output)!
            : output;
        var name = OutputPath.OfPrompt(prompt, extension);
        var candidate = Path.Combine(folder, name);
        for (var number = 2; Path.Exists(candidate); number++)
            candidate = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(name)}-{number}{Path.GetExtension(name)}");
        return Path.GetFullPath(candidate);
    }
}
