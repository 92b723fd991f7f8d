namespace MlxVideo.Shared.Artefacts;

/// <summary>A store's folder can't take files just now; the message names the folder and tells what to do.</summary>
public sealed class StorageException : IOException
{
    private StorageException(string message, bool isFull, long neededBytes, Exception? inner)
        : base(message, inner) => (IsFull, NeededBytes) = (isFull, neededBytes);

    /// <summary>True for a lack of room.</summary>
    public bool IsFull { get; }

    /// <summary>Bytes of the file that could not be stored; 0 when its length was not known.</summary>
    public long NeededBytes { get; }

    /// <summary>The file system has less room than a file needs.</summary>
    /// <param name="folder">The store's folder.</param>
    /// <param name="freeBytes">Bytes that are free there.</param>
    /// <param name="neededBytes">Bytes of the file; 0 when unknown.</param>
    /// <param name="inner">What the system said.</param>
    public static StorageException Full(string folder, long freeBytes, long neededBytes, Exception? inner = null)
    {
        var needed = neededBytes > 0 ? $" and a file of {ByteSize.Text(neededBytes)} was to be stored" : "";
        return new StorageException(
            $"The disk that holds {folder} is full ({ByteSize.Text(freeBytes)} are free{needed}): make room there.", isFull: true,
            neededBytes, inner);
    }

    /// <summary>The folder can't be written for another reason: its permissions, or a file system that is mounted read-only.</summary>
    public static StorageException Unwritable(string folder, Exception inner) =>
        new($"The folder {folder} can't be written ({inner.Message.TrimEnd('.')}): make it writable.", isFull: false,
            neededBytes: 0, inner);
}
