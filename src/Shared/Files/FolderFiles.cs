namespace MlxVideo.Shared.Files;

/// <summary>Files that a person put into a folder, without those that operating systems and sync tools add.</summary>
public static class FolderFiles
{
    private static readonly string[] SystemNames =
        ["Thumbs.db", "ehthumbs.db", "desktop.ini", "Icon\r", "__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information",
            "lost+found"];

    /// <summary>The files directly inside a folder that match a pattern, by name.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="pattern">With <c>*</c> for any characters.</param>
    public static IReadOnlyList<string> Enumerate(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern).Where(file => !IsOfSystem(Path.GetFileName(file))).Order(StringComparer.Ordinal).ToList();

    /// <summary>
    /// True for names that begin with a dot (macOS writes <c>._NAME</c> beside every file on exFAT, SMB and NFS volumes) and
    /// for what Windows, macOS and network storage keep in folders.
    /// </summary>
    public static bool IsOfSystem(string name) => name.StartsWith('.') || SystemNames.Contains(name, StringComparer.OrdinalIgnoreCase);
}
