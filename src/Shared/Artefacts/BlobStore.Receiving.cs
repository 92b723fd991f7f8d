using System.Buffers;
using System.Security.Cryptography;

namespace MlxVideo.Shared.Artefacts;

/// <content>Receives blobs from streams.</content>
public sealed partial class BlobStore
{
    private const string PartialExtension = ".partial";

    /// <summary>Number of bytes that interrupted transfers of a blob left (<see cref="PutAsync"/>).</summary>
    public long ReceivedBytes(string digest) => FileStamp.Of(PartialFile(digest))?.Length ?? 0;

    /// <summary>Deletes what interrupted transfers of a blob left.</summary>
    public void DeleteReceived(string digest) => File.Delete(PartialFile(digest));

    /// <summary>Deletes what interrupted transfers left before a time.</summary>
    public void DeleteReceivedBefore(DateTimeOffset time)
    {
        try
        {
            foreach (var file in new DirectoryInfo(_incoming).EnumerateFiles($"*{PartialExtension}")
                .Where(file => file.LastWriteTimeUtc < time.UtcDateTime))
                TryDelete(file.FullName);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // A fault of the folder is reported when something is stored.
        }
    }

    /// <summary>Stores the content of a stream.</summary>
    /// <param name="content">The content.</param>
    /// <param name="expectedDigest">Expected digest of the content; null when unknown.</param>
    /// <param name="cancellationToken">Cancels the transfer.</param>
    /// <param name="length">Number of bytes in the stream; null when unknown.</param>
    /// <param name="resumes">
    /// True when the stream continues after the <see cref="ReceivedBytes"/> of the expected digest; if reading it fails, the part that has
    /// arrived is kept. Only one such transfer of a blob may run at a time.
    /// </param>
    /// <exception cref="InvalidDataException">The content has a different digest.</exception>
    /// <exception cref="StorageException">
    /// There is no space, or the folder is not writable; the stream may not have been read to its end.
    /// </exception>
    public async Task<BlobRef> PutAsync(
        Stream content, string? expectedDigest, CancellationToken cancellationToken, long? length = null, bool resumes = false)
    {
        var needed = length ?? 0;
        var file = resumes ? PartialFile(expectedDigest!) : NewFile();
        var isKept = false;
        try
        {
            var blob = await ReceiveAsync(content, file, cancellationToken, length);
            if (expectedDigest is not null && blob.Digest != expectedDigest)
                throw new InvalidDataException($"The content has the hash {blob.Digest} instead of {expectedDigest}: send it again.");
            Guard(() => Place(file, blob.Digest), needed);
            return blob;
        }
        catch (Exception ex) when (resumes && ex is not (InvalidDataException or StorageException))
        {
            isKept = true;
            throw;
        }
        finally
        {
            if (!isKept)
                TryDelete(file);
        }
    }

    /// <summary>
    /// Writes a stream to a file from <see cref="NewFile"/>, after its existing content. Exceptions from reading the stream are not
    /// converted.
    /// </summary>
    /// <param name="content">The content.</param>
    /// <param name="file">Path of the file.</param>
    /// <param name="cancellationToken">Cancels the transfer.</param>
    /// <param name="length">Number of bytes; null when unknown.</param>
    /// <returns>Length and digest of the file.</returns>
    /// <exception cref="StorageException">
    /// There is no space, or the folder is not writable; the file may have been written in part.
    /// </exception>
    public async Task<BlobRef> ReceiveAsync(Stream content, string file, CancellationToken cancellationToken, long? length = null)
    {
        var needed = length ?? 0;
        using var space = _space.Reserve(needed);
        return await WriteAsync(content, file, needed, space, cancellationToken);
    }

    private async Task<BlobRef> WriteAsync(
        Stream content, string file, long needed, StoreSpace.Reservation space, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var length = 0L;
            await using var target = Guard(
                () => new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0), needed);
            for (int read; (read = await target.ReadAsync(buffer, cancellationToken)) > 0; length += read)
                hash.AppendData(buffer, 0, read);
            for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0; length += read)
            {
                hash.AppendData(buffer, 0, read);
                try
                {
                    await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                    space.Written(read);
                }
                catch (Exception ex) when (Explain(ex, needed) is { } known)
                {
                    throw known;
                }
            }

            return new BlobRef(Convert.ToHexStringLower(hash.GetHashAndReset()), length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private string PartialFile(string digest) => Path.Combine(_incoming, Path.GetFileName(PathOf(digest)) + PartialExtension);
}
