namespace MlxVideo.Engine.Stages;

/// <summary>Checks an output file before hours of rendering.</summary>
public static class OutputFile
{
    /// <summary>Throws unless a file can be written at <paramref name="path"/>; creates its folder.</summary>
    /// <exception cref="IOException">The file cannot be written; the message is one sentence for the user.</exception>
    public static void RequireWritable(string path)
    {
        if (Directory.Exists(path))
            throw new IOException($"{path} is a folder; specify an mp4 file.");
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
                $"Cannot write to {folder} ({ex.Message.TrimEnd('.')}); choose another folder or free some space.", ex);
        }
    }
}
