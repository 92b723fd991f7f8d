namespace MlxVideo.Cluster.Hosting;

/// <summary>The folder that a daemon keeps its files in.</summary>
public static class DataFolder
{
    /// <summary>Creates the folder if need be and makes sure that it can be written.</summary>
    /// <returns>Its full path.</returns>
    /// <exception cref="IOException">It can't; the message says what to do.</exception>
    public static string Open(string path)
    {
        var folder = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".writable-{Guid.NewGuid():N}");
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
            return folder;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The data folder {folder} can't be written ({fault.Message.TrimEnd('.')}); choose another with --data or make room.", fault);
        }
    }
}
