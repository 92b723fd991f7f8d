using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Api;

/// <summary>
/// Transfers blobs to and from a store over HTTP: <c>HEAD</c>, <c>GET</c> and <c>PUT /blobs/{digest}</c>. Interrupted transfers are
/// resumed, and the hash is verified while receiving.
/// </summary>
/// <param name="patience">The speed below which a transfer counts as stalled; null for the default.</param>
public sealed class BlobClient(HttpClient http, Uri server, TransferPatience? patience = null)
{
    /// <summary>Minimum size for <c>Expect: 100-continue</c>: a store without enough space refuses such a blob before it is sent.</summary>
    private const long AnnouncedBytes = 1 << 20;

    /// <summary>Attempts to agree with the store on the position from which an upload continues.</summary>
    private const int MaxConflicts = 3;

    private readonly TransferPatience _patience = patience ?? TransferPatience.Default;

    /// <summary>Returns true when the store has the blob.</summary>
    public Task<bool> HasAsync(BlobRef blob, CancellationToken cancellationToken) =>
        WatchAsync(async watch => await QueryAsync(blob, watch.Token) is null, cancellationToken);

    /// <summary>
    /// Uploads a file unless the store already has it; the store verifies the hash. Continues after what an interrupted upload left.
    /// </summary>
    /// <returns>False when the store already had the blob.</returns>
    public Task<bool> PutAsync(BlobRef blob, string file, CancellationToken cancellationToken) => WatchAsync(async watch =>
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await QueryAsync(blob, watch.Token) is not { } received)
                return false;
            try
            {
                await SendAsync(blob, file, received < blob.Length ? received : 0, watch);
                return true;
            }
            catch (FarmApiException ex) when (ex.Status == HttpStatusCode.Conflict && attempt < MaxConflicts)
            {
                // Another upload of the blob was interrupted in between.
            }
        }
    }, cancellationToken);

    /// <summary>Downloads a blob to <paramref name="file"/>, which is created only after the hash has been verified.</summary>
    /// <param name="partial">
    /// File that keeps what has arrived while a retry may succeed; the caller passes it again, and finally deletes it. Null for a download
    /// that is resumed only within this call.
    /// </param>
    /// <exception cref="FarmApiException">
    /// The blob is missing, damaged (<see cref="FarmApiException.IsDamagedBlob"/>) or unreachable.
    /// </exception>
    public async Task GetAsync(BlobRef blob, string file, CancellationToken cancellationToken, string? partial = null)
    {
        var target = partial ?? $"{file}.{Guid.NewGuid():N}.partial";
        var isKept = false;
        try
        {
            while (!await ReceiveAsync(blob, target, cancellationToken))
            {
                // The connection broke after some bytes, or what an earlier call received was damaged.
            }

            File.Move(target, file, overwrite: true);
        }
        catch (FarmApiException ex) when (partial is not null && ex.IsTransient)
        {
            isKept = true;
            throw;
        }
        finally
        {
            if (!isKept)
                File.Delete(target);
        }
    }

    /// <returns>False when a further call may complete the file.</returns>
    private async Task<bool> ReceiveAsync(BlobRef blob, string partial, CancellationToken cancellationToken)
    {
        var before = LengthOf(partial);
        try
        {
            if (await WatchAsync(watch => BlobDownload.RunAsync(http, server, Address(blob), blob, partial, watch), cancellationToken))
                return true;
        }
        catch (FarmApiException ex) when (ex.IsUnreachable && LengthOf(partial) - before >= _patience.MinBytes)
        {
            return false;
        }

        File.Delete(partial);
        if (before > 0)
            return false; // the earlier part may be at fault
        throw new FarmApiException($"Blob {blob.Digest} from {server} arrived with another hash: it was damaged, try again.")
        {
            IsDamagedBlob = true,
        };
    }

    private async Task SendAsync(BlobRef blob, string file, long offset, TransferWatch watch)
    {
        await using var stream = File.OpenRead(file);
        stream.Position = offset;
        using var request = new HttpRequestMessage(HttpMethod.Put, Address(blob)) { Content = watch.ContentOf(stream) };
        request.Content.Headers.ContentLength = blob.Length - offset;
        if (offset > 0)
            request.Content.Headers.ContentRange = new ContentRangeHeaderValue(offset, blob.Length - 1, blob.Length);
        request.Headers.ExpectContinue = blob.Length - offset >= AnnouncedBytes;
        using var response = await FarmApiException.GuardAsync(server, () => http.SendAsync(request, watch.Token));
        await FarmApiException.ThrowIfRefusedAsync(server, response, watch.Token);
    }

    /// <returns>Number of bytes that the store has received; null when it has the blob.</returns>
    private async Task<long?> QueryAsync(BlobRef blob, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, Address(blob));
        using var response = await FarmApiException.GuardAsync(server, () => http.SendAsync(request, cancellationToken));
        if (response.StatusCode == HttpStatusCode.NotFound)
            return response.Headers.TryGetValues(BlobHeaders.Received, out var values)
                && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var received)
                    ? received
                    : 0;
        await FarmApiException.ThrowIfRefusedAsync(server, response, cancellationToken);
        return null;
    }

    private Task<T> WatchAsync<T>(Func<TransferWatch, Task<T>> transfer, CancellationToken cancellationToken) =>
        TransferWatch.RunAsync(server, transfer, _patience, cancellationToken);

    private static long LengthOf(string file) => new FileInfo(file) is { Exists: true } found ? found.Length : 0;

    private Uri Address(BlobRef blob) => new(server, $"/blobs/{blob.Digest}");
}
