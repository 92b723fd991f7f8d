namespace MlxVideo.Shared.Files;

/// <summary>Enumerates the user's files in a folder, excluding those created by operating systems and sync tools.</summary>
public static class FolderFiles
{
    private static readonly string[] SystemNames =
        ["Thumbs.db", "ehthumbs.db", "desktop.ini", "Icon\r", "__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information",
            "lost+found"];

    /// <summary>Returns the files directly inside a folder that match a pattern, ordered by name.</summary>
    /// <param name="pattern">File name pattern with <c>*</c> as the wildcard.</param>
    public static IReadOnlyList<string> Enumerate(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern).Where(file => !IsOfSystem(Path.GetFileName(file))).Order(StringComparer.Ordinal).ToList();

    /// <summary>
    /// True for names that start with a dot (macOS writes <c>._NAME</c> for every file on exFAT, SMB and NFS volumes) and for files that
    /// Windows, macOS and network storage create in folders.
    /// </summary>
    public static bool IsOfSystem(string name) => name.StartsWith('.') || SystemNames.Contains(name, StringComparer.OrdinalIgnoreCase);
}
