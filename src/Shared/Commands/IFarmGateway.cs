using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Commands;

/// <summary>
/// A farm that executes commands and stores blobs: over HTTP, or within the coordinator. A refusal is a <c>FarmRequestException</c> or a
/// <c>FarmApiException</c> with one sentence.
/// </summary>
public interface IFarmGateway
{
    /// <summary>Executes a request of any command that is not a stream, and returns its result.</summary>
    Task<object> ExecuteAsync(object request, CancellationToken cancellationToken);

    /// <summary>Executes a request of a command with a stream of results.</summary>
    IAsyncEnumerable<object> StreamAsync(object request, CancellationToken cancellationToken);

    /// <summary>Stores a file, unless the farm has it already.</summary>
    Task PutAsync(BlobRef blob, string file, CancellationToken cancellationToken);

    /// <summary>Writes a blob to a file, which is replaced only by the complete content.</summary>
    Task GetAsync(BlobRef blob, string file, CancellationToken cancellationToken);
}
