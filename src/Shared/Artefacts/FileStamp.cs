namespace MlxVideo.Shared.Artefacts;

/// <summary>Length and modification time of a file; a file that is written to gets another stamp.</summary>
internal readonly record struct FileStamp(long Length, DateTime ModifiedUtc)
{
    /// <summary>Returns the stamp of a file; null when it does not exist.</summary>
    public static FileStamp? Of(string path)
    {
        var file = new FileInfo(path);
        try
        {
            return file.Exists ? new FileStamp(file.Length, file.LastWriteTimeUtc) : null;
        }
        catch (FileNotFoundException)
        {
            return null; // deleted in between
        }
    }
}
