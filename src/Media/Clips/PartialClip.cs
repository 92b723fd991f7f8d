using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Clips;

/// <summary>
/// A hidden folder next to a clip's final location, used while the clip is written. The folder is deleted on disposal; a program that is
/// still running can't write to it afterwards.
/// </summary>
internal sealed class PartialClip : IDisposable
{
    /// <summary>File name of the audio in the folder.</summary>
    public const string SoundName = "sound.wav";

    /// <summary>File name of the container's tags in the folder.</summary>
    public const string TagsName = "tags.txt";

    private PartialClip(string folder, string extension)
    {
        Folder = folder;
        ClipName = "clip" + extension;
    }

    /// <summary>File name of the clip in the folder; it never requires quoting.</summary>
    public string ClipName { get; }

    /// <summary>Absolute path of the folder.</summary>
    public string Folder { get; }

    /// <summary>Creates the clip's folder if necessary, and the hidden folder in it.</summary>
    /// <exception cref="MediaException">The folder can't be created or written to.</exception>
    public static PartialClip Create(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var partial = new PartialClip(Path.Combine(folder, $".{Guid.NewGuid():N}.partial"), Path.GetExtension(path));
        try
        {
            Directory.CreateDirectory(partial.Folder);
            return partial;
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            throw new MediaException(
                $"The folder {folder} can't be written to ({ex.Message.TrimEnd('.')}): make it writable or choose another folder.",
                ex);
        }
    }

    /// <summary>Moves the clip to its final location, replacing an existing file.</summary>
    /// <exception cref="MediaException">The clip can't be moved.</exception>
    public void MoveTo(string path)
    {
        try
        {
            File.Move(Path.Combine(Folder, ClipName), path, overwrite: true);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            throw new MediaException($"{path} can't be written: {ex.Message}", ex);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Renamed first, out of reach of a program that has been stopped but is still running, then deleted.
        var gone = Folder + ".gone";
        Directory.Move(Folder, gone);
        Directory.Delete(gone, recursive: true);
    }
}
