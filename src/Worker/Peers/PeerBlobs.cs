using System.Collections.Concurrent;
using System.Net;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Worker.Peers;

/// <summary>
/// Fetches blobs from other workers. A worker that is unreachable, slow or sends something else costs a few seconds and is avoided for a
/// while; the caller then asks the coordinator. Safe for concurrent use.
/// </summary>
/// <param name="http">Sends the requests; its handler authenticates both sides if the farm is secured.</param>
public sealed class PeerBlobs(HttpClient http, TimeProvider time)
{
    /// <summary>Time to connect. Workers are on the same network.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>How long a worker that failed is avoided.</summary>
    public static readonly TimeSpan Avoidance = TimeSpan.FromMinutes(1);

    /// <summary>A slow wireless connection is faster than this.</summary>
    private static readonly TransferPatience Patience = new(TimeSpan.FromSeconds(5), 1 << 20);

    private readonly ConcurrentDictionary<Uri, long> _failedAt = new();

    /// <summary>Fetches a blob from the first worker that provides it.</summary>
    /// <param name="sources">Workers that probably have blobs.</param>
    /// <param name="file">File to create when the blob has arrived completely.</param>
    /// <param name="partial">File that keeps what arrived of a blob that no worker provided completely.</param>
    /// <returns>False when no worker provided the blob.</returns>
    public async Task<bool> TryGetAsync(
        BlobRef blob, IReadOnlyList<BlobSource> sources, string file, string partial, CancellationToken cancellationToken)
    {
        foreach (var address in sources.Where(source => source.Digest == blob.Digest).Select(AddressOf).OfType<Uri>())
        {
            if (IsAvoided(address))
                continue;
            try
            {
                await new BlobClient(http, address, Patience).GetAsync(blob, file, cancellationToken, partial);
                return true;
            }
            catch (FarmApiException ex)
            {
                // One that has deleted the blob or is busy is not at fault.
                if (ex.Status is not (HttpStatusCode.NotFound or HttpStatusCode.ServiceUnavailable))
                    _failedAt[address] = time.GetTimestamp();
            }
        }

        return false;
    }

    private bool IsAvoided(Uri address) =>
        _failedAt.TryGetValue(address, out var failedAt) && time.GetElapsedTime(failedAt) < Avoidance;

    private static Uri? AddressOf(BlobSource source) =>
        Uri.TryCreate(source.Address, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? address
            : null;
}
