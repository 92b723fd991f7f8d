namespace MlxVideo.Shared.Artefacts;

/// <summary>A store's folder is full or not writable at present. The message names the folder and the remedy.</summary>
public sealed class StorageException : IOException
{
    private StorageException(string message, bool isFull, long neededBytes, Exception? inner)
        : base(message, inner) => (IsFull, NeededBytes) = (isFull, neededBytes);

    /// <summary>True for a lack of space.</summary>
    public bool IsFull { get; }

    /// <summary>Size of the file that could not be stored; 0 when unknown.</summary>
    public long NeededBytes { get; }

    /// <summary>Creates the exception for a file system without enough space for a file.</summary>
    /// <param name="folder">Folder of the store.</param>
    /// <param name="freeBytes">Free bytes on its file system.</param>
    /// <param name="neededBytes">Size of the file; 0 when unknown.</param>
    /// <param name="inner">The cause.</param>
    public static StorageException Full(string folder, long freeBytes, long neededBytes, Exception? inner = null)
    {
        var needed = neededBytes > 0 ? $", {ByteSize.Text(neededBytes)} needed" : "";
        return new StorageException(
            $"The disk that holds {folder} is full ({ByteSize.Text(freeBytes)} free{needed}): free some space.", isFull: true,
            neededBytes, inner);
    }

    /// <summary>Creates the exception for a store without enough space under its quota.</summary>
    public static StorageException OverQuota(string folder, long quotaBytes, long usedBytes, long neededBytes)
    {
        var needed = neededBytes > 0 ? $", {ByteSize.Text(neededBytes)} needed" : "";
        return new StorageException(
            $"The blob store {folder} has reached its quota of {ByteSize.Text(quotaBytes)} ({ByteSize.Text(usedBytes)} used{needed}): "
                + "raise --blob-quota.",
            isFull: true, neededBytes, inner: null);
    }

    /// <summary>Creates the exception for other write failures, for example missing permissions or a read-only file system.</summary>
    public static StorageException Unwritable(string folder, Exception inner) =>
        new($"The folder {folder} can't be written to ({inner.Message.TrimEnd('.')}): make it writable.", isFull: false,
            neededBytes: 0, inner);
}
