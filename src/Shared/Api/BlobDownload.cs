using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Api;

/// <summary>One request for a blob, or for the part of it that a file lacks.</summary>
internal static class BlobDownload
{
    private const int BufferBytes = 1 << 16;

    /// <summary>Appends the missing part of a blob to a file and verifies the whole.</summary>
    /// <param name="server">Address of the store, for messages.</param>
    /// <param name="address">Address of the blob.</param>
    /// <param name="file">The file; created if necessary.</param>
    /// <returns>False when the file's content is wrong.</returns>
    /// <exception cref="FarmApiException">The store refused, or the connection was lost; the file holds what arrived.</exception>
    public static async Task<bool> RunAsync(HttpClient http, Uri server, Uri address, BlobRef blob, string file, TransferWatch watch)
    {
        await using var target = new FileStream(file, FileMode.OpenOrCreate);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Before the request: a store drops a client that does not read, and this may take a minute.
        await watch.HashAsync(target, hash);
        if (target.Length < blob.Length || blob.Length == 0)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (target.Length > 0)
                request.Headers.Range = new RangeHeaderValue(target.Length, null);
            using var response = await FarmApiException.GuardAsync(
                server, () => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, watch.Token));
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                return false;
            await FarmApiException.ThrowIfRefusedAsync(server, response, watch.Token);
            if (response.StatusCode != HttpStatusCode.PartialContent || response.Content.Headers.ContentRange?.From != target.Length)
            {
                target.SetLength(0); // the response is the whole blob
                hash.GetHashAndReset();
            }

            await using var content = await response.Content.ReadAsStreamAsync(watch.Token);
            await CopyAsync(server, content, target, blob.Length, hash, watch);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset()) == blob.Digest;
    }

    /// <param name="maxLength">Length at which the target is complete: a store must not fill the disk with more.</param>
    private static async Task CopyAsync(
        Uri server, Stream content, FileStream target, long maxLength, IncrementalHash hash, TransferWatch watch)
    {
        var buffer = new byte[BufferBytes];
        while (await ReadAsync(server, content, buffer, watch.Token) is > 0 and var count)
        {
            watch.OnProgress(count);
            hash.AppendData(buffer, 0, count);
            await target.WriteAsync(buffer.AsMemory(0, count), watch.Token);
            if (target.Length > maxLength)
                return;
        }
    }

    private static async Task<int> ReadAsync(Uri server, Stream content, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await content.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException ex)
        {
            throw TransferWatch.Interrupted(server, ex);
        }
    }
}
