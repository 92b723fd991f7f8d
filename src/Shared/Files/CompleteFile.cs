namespace MlxVideo.Shared.Files;

/// <summary>Files that appear only when complete.</summary>
public static class CompleteFile
{
    /// <summary>Writes a text file and replaces an existing one; creates its folder.</summary>
    /// <exception cref="IOException">The file can't be written; nothing remains of it.</exception>
    public static void WriteText(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var partial = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            File.WriteAllText(partial, text);
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
