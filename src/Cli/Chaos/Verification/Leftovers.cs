namespace MlxVideo.Cli.Chaos.Verification;

/// <summary>Finds unfinished files, of which an idle farm has none.</summary>
internal static class Leftovers
{
    /// <summary>Folders for unfinished or undelivered files.</summary>
    private static readonly IReadOnlyList<string> TransientFolders = ["incoming", "spool"];

    private static readonly IReadOnlyList<string> TransientExtensions = [".partial", ".tmp"];

    /// <summary>Returns the files below a folder that should have been moved, delivered or deleted.</summary>
    public static IReadOnlyList<string> In(string folder) => !Directory.Exists(folder)
        ? []
        : Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => IsTransient(Path.GetRelativePath(folder, file)))
            .Order(StringComparer.Ordinal).ToList();

    private static bool IsTransient(string path) =>
        TransientExtensions.Contains(Path.GetExtension(path))
        || (Path.GetDirectoryName(path) ?? "").Split(Path.DirectorySeparatorChar).Any(TransientFolders.Contains);
}
