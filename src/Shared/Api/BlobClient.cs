using System.Net;
using System.Security.Cryptography;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Api;

/// <summary>Transfers blobs to and from a store over HTTP: <c>HEAD</c>, <c>GET</c> and <c>PUT /blobs/{digest}</c>.</summary>
public sealed class BlobClient(HttpClient http, Uri server)
{
    /// <summary>Minimum size for <c>Expect: 100-continue</c>: a store without enough space refuses such a blob before it is sent.</summary>
    private const long AnnouncedBytes = 1 << 20;

    /// <summary>Returns true when the store has the blob.</summary>
    public Task<bool> HasAsync(BlobRef blob, CancellationToken cancellationToken) =>
        TransferWatch.RunAsync(server, watch => QueryAsync(blob, watch.Token), cancellationToken);

    /// <summary>Uploads a file unless the store already has it; the store verifies the hash.</summary>
    /// <returns>False when the store already had the blob.</returns>
    public Task<bool> PutAsync(BlobRef blob, string file, CancellationToken cancellationToken) =>
        TransferWatch.RunAsync(server, async watch =>
    {
        if (await QueryAsync(blob, watch.Token))
            return false;
        await using var stream = File.OpenRead(file);
        using var request = new HttpRequestMessage(HttpMethod.Put, Address(blob)) { Content = watch.ContentOf(stream) };
        request.Content.Headers.ContentLength = blob.Length;
        request.Headers.ExpectContinue = blob.Length >= AnnouncedBytes;
        using var response = await FarmApiException.GuardAsync(server, () => http.SendAsync(request, watch.Token));
        await FarmApiException.ThrowIfRefusedAsync(server, response, watch.Token);
        return true;
    }, cancellationToken);

    /// <summary>Downloads a blob to <paramref name="file"/>, which is created only after the hash has been verified.</summary>
    public Task GetAsync(BlobRef blob, string file, CancellationToken cancellationToken) => TransferWatch.RunAsync(server, async watch =>
    {
        var partial = $"{file}.{Guid.NewGuid():N}.partial";
        try
        {
            using var response = await FarmApiException.GuardAsync(
                server, () => http.GetAsync(Address(blob), HttpCompletionOption.ResponseHeadersRead, watch.Token));
            await FarmApiException.ThrowIfRefusedAsync(server, response, watch.Token);
            await using (var stream = await response.Content.ReadAsStreamAsync(watch.Token))
            await using (var target = new FileStream(partial, FileMode.CreateNew))
            {
                await watch.CopyAsync(stream, target);
                target.Position = 0;
                var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(target, cancellationToken));
                if (digest != blob.Digest)
                    throw new FarmApiException(
                        $"Blob {blob.Digest} from {server} arrived with the hash {digest}: it was damaged in transit, try again.");
            }

            File.Move(partial, file, overwrite: true);
            return true;
        }
        finally
        {
            File.Delete(partial);
        }
    }, cancellationToken);

    private async Task<bool> QueryAsync(BlobRef blob, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, Address(blob));
        using var response = await FarmApiException.GuardAsync(server, () => http.SendAsync(request, cancellationToken));
        if (response.StatusCode == HttpStatusCode.NotFound)
            return false;
        await FarmApiException.ThrowIfRefusedAsync(server, response, cancellationToken);
        return true;
    }

    private Uri Address(BlobRef blob) => new(server, $"/blobs/{blob.Digest}");
}
