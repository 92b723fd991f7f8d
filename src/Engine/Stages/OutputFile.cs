namespace MlxVideo.Engine.Stages;

/// <summary>Looks at an output file before hours are spent on it.</summary>
public static class OutputFile
{
    /// <summary>Throws unless a file can be written at <paramref name="path"/>; its folder is created.</summary>
    /// <exception cref="IOException">It can't: one sentence on why.</exception>
    public static void RequireWritable(string path)
    {
        if (Directory.Exists(path))
            throw new IOException($"{path} is a folder; give the name of an mp4 file.");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            Directory.CreateDirectory(folder);
            using var probe =
                new FileStream(Path.Combine(folder, $".{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1,
                    FileOptions.DeleteOnClose);
            probe.WriteByte(0);
            probe.Flush(flushToDisk: true);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"Nothing can be written into {folder} ({ex.Message.TrimEnd('.')}); choose another folder, or free some space there.", ex);
        }
    }
}
