using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Clips;

/// <summary>
/// A clip while it is made: a hidden folder beside its final place. The folder goes when this is disposed, and a program
/// that still runs can't put anything there any more.
/// </summary>
internal sealed class PartialClip : IDisposable
{
    /// <summary>The clip's name in the folder; needs no quoting anywhere.</summary>
    public const string ClipName = "clip.mp4";

    /// <summary>The sound's name in the folder.</summary>
    public const string SoundName = "sound.wav";

    private PartialClip(string folder) => Folder = folder;

    /// <summary>The folder, absolute.</summary>
    public string Folder { get; }

    /// <summary>Creates the folder of the clip, and in it a hidden one.</summary>
    /// <exception cref="MediaException">It can't be created or written.</exception>
    public static PartialClip Create(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var partial = new PartialClip(Path.Combine(folder, $".{Guid.NewGuid():N}.partial"));
        try
        {
            Directory.CreateDirectory(partial.Folder);
            return partial;
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            throw new MediaException(
                $"Nothing can be written to the folder {folder} ({ex.Message.TrimEnd('.')}): make it writable or choose another folder.",
                ex);
        }
    }

    /// <summary>Gives the clip its final name, in place of what is there.</summary>
    /// <exception cref="MediaException">It can't.</exception>
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
        // Out of sight of a program that was ended and has not noticed yet, then away.
        var gone = Folder + ".gone";
        Directory.Move(Folder, gone);
        Directory.Delete(gone, recursive: true);
    }
}
