using System.Runtime.CompilerServices;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Commands;

namespace MlxVideo.Shared.Access;

/// <summary>A farm by HTTP, as an operator. The first request opens the connection.</summary>
/// <param name="api">Address of the coordinator's API.</param>
/// <param name="token">The operator's token for HTTPS; null for that of the user who runs this process.</param>
public sealed class OperatorFarmGateway(Uri api, string? token = null) : IFarmGateway, IDisposable
{
    private FarmConnection? _connection;

    /// <inheritdoc/>
    public async Task<object> ExecuteAsync(object request, CancellationToken cancellationToken) =>
        await (await OpenAsync(cancellationToken)).ExecuteAsync(request, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<object> StreamAsync(object request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in (await OpenAsync(cancellationToken)).StreamAsync(request, cancellationToken))
            yield return item;
    }

    /// <inheritdoc/>
    public async Task PutAsync(BlobRef blob, string file, CancellationToken cancellationToken) =>
        await (await OpenAsync(cancellationToken)).PutAsync(blob, file, cancellationToken);

    /// <inheritdoc/>
    public async Task GetAsync(BlobRef blob, string file, CancellationToken cancellationToken) =>
        await (await OpenAsync(cancellationToken)).GetAsync(blob, file, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _connection?.Dispose();

    private async Task<FarmClient> OpenAsync(CancellationToken cancellationToken) =>
        (_connection ??= await FarmConnection.OpenAsync(api, token, cancellationToken)).Client;
}
