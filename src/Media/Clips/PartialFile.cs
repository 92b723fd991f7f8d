using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Clips;

/// <summary>A file that is written under another name beside its final one; gone when it is disposed without being moved.</summary>
internal sealed class PartialFile : IDisposable
{
    private PartialFile(string folder, string name) => (Folder, Name) = (folder, name);

    /// <summary>The folder, absolute.</summary>
    public string Folder { get; }

    /// <summary>The name while it is not whole; needs no quoting anywhere.</summary>
    public string Name { get; }

    /// <summary>The whole path while it is not whole.</summary>
    public string FullPath => Path.Combine(Folder, Name);

    /// <summary>Creates the folder and an empty file.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="extension">ffmpeg chooses the format by it.</param>
    /// <exception cref="MediaException">The folder can't be created or written.</exception>
    public static PartialFile Create(string path, string extension = ".mp4")
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var partial = new PartialFile(folder, $".{Guid.NewGuid():N}.partial{extension}");
        try
        {
            Directory.CreateDirectory(folder);
            using var probe = new FileStream(partial.FullPath, FileMode.CreateNew, FileAccess.Write);
            return partial;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MediaException($"Nothing can be written to the folder {folder} ({fault.Message.TrimEnd('.')}): make it writable or choose another folder.", fault);
        }
    }

    /// <summary>Gives the file its final name, in place of what is there.</summary>
    public void MoveTo(string path)
    {
        try
        {
            File.Move(FullPath, path, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MediaException($"{path} can't be written: {fault.Message}", fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => File.Delete(FullPath);
}
