using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Commands.Requests;

namespace MlxVideo.Shared.Commands;

/// <summary>Client of a coordinator: its commands, those that clients use most by name, and its blob store.</summary>
public sealed class FarmClient(HttpClient http, Uri api) : IFarmGateway
{
    private const int PageSize = 1000;
    private const double LongPoll = 20; // seconds

    /// <summary>Sends any command.</summary>
    public FarmCommandClient Commands { get; } = new(http, api);

    /// <summary>The blob store at the same address.</summary>
    public BlobClient Blobs { get; } = new(http, api);

    /// <summary>Submits a batch.</summary>
    public Task<BatchCreated> SubmitAsync(SubmitBatch batch, CancellationToken cancellationToken) =>
        Commands.ExecuteAsync(batch, cancellationToken);

    /// <summary>Returns all batches, in the order of submission.</summary>
    public async Task<IReadOnlyList<BatchSummary>> GetBatchesAsync(CancellationToken cancellationToken)
    {
        var batches = new List<BatchSummary>();
        string? after = null;
        do
        {
            var page = await Commands.ExecuteAsync(new ListBatches(PageSize, after), cancellationToken);
            batches.AddRange(page.Batches);
            after = page.Next;
        }
        while (after is not null);

        batches.Reverse();
        return batches;
    }

    /// <summary>Returns a batch; with <paramref name="after"/>, waits up to 20 s for a newer version.</summary>
    public Task<BatchView> GetBatchAsync(string id, long? after, CancellationToken cancellationToken) => Commands.ExecuteAsync(
        new ShowBatch(id, NewerThan: after, Wait: after is null ? 0 : LongPoll), cancellationToken);

    /// <summary>Returns the status of the farm.</summary>
    public Task<FarmStatus> GetFarmAsync(CancellationToken cancellationToken) => Commands.ExecuteAsync(new ShowFarm(), cancellationToken);

    /// <inheritdoc/>
    public Task<object> ExecuteAsync(object request, CancellationToken cancellationToken) =>
        Commands.ExecuteAsync(FarmCommands.Of(request.GetType()), request, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<object> StreamAsync(object request, CancellationToken cancellationToken) =>
        Commands.StreamAsync(FarmCommands.Of(request.GetType()), request, cancellationToken);

    /// <inheritdoc/>
    public Task PutAsync(BlobRef blob, string file, CancellationToken cancellationToken) => Blobs.PutAsync(blob, file, cancellationToken);

    /// <inheritdoc/>
    public Task GetAsync(BlobRef blob, string file, CancellationToken cancellationToken) => Blobs.GetAsync(blob, file, cancellationToken);
}
