using MlxVideo.Coordinator.Archive;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Coordinator.Commands;

/// <summary>The farm within the coordinator's process.</summary>
internal sealed class LocalFarmGateway(CommandHandlers handlers, BlobStore blobs) : IFarmGateway
{
    /// <inheritdoc/>
    public async Task<object> ExecuteAsync(object request, CancellationToken cancellationToken)
    {
        try
        {
            return await handlers.ExecuteAsync(request, cancellationToken);
        }
        catch (ArchiveException ex)
        {
            throw new FarmRequestException(FarmRequestError.Busy, ex.Message, ex);
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<object> StreamAsync(object request, CancellationToken cancellationToken) =>
        handlers.StreamAsync(request, cancellationToken);

    /// <inheritdoc/>
    public async Task PutAsync(BlobRef blob, string file, CancellationToken cancellationToken)
    {
        if (await blobs.FindVerifiedAsync(blob.Digest, cancellationToken) is not null)
        {
            blobs.Touch(blob.Digest); // the collector must not delete it before its batch arrives
            return;
        }

        await using var content = File.OpenRead(file);
        await blobs.PutAsync(content, blob.Digest, cancellationToken, blob.Length);
    }

    /// <inheritdoc/>
    public async Task GetAsync(BlobRef blob, string file, CancellationToken cancellationToken)
    {
        if (await blobs.FindVerifiedAsync(blob.Digest, cancellationToken) is null)
            throw new IOException($"The blob {blob.Digest} is no longer stored, or its file is damaged: render the row again.");
        var partial = $"{file}.partial";
        try
        {
            await using (var source = File.OpenRead(blobs.PathOf(blob.Digest)))
            await using (var target = File.Create(partial))
                await source.CopyToAsync(target, cancellationToken);
            File.Move(partial, file, overwrite: true);
        }
        finally
        {
            File.Delete(partial); // left only by a failure
        }
    }
}
