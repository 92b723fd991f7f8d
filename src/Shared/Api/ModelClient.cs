using System.Net.Http.Json;
using System.Text.Json;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Models;

namespace MlxVideo.Shared.Api;

/// <summary>
/// Requests for the models of a farm: to the coordinator which workers have which, to a worker for its model's files. All failures throw
/// <see cref="FarmApiException"/>.
/// </summary>
/// <param name="http">A client without a timeout that accepts only members of the farm.</param>
/// <param name="patience">The speed below which a transfer counts as stalled; null for the default.</param>
public sealed class ModelClient(HttpClient http, TransferPatience? patience = null)
{
    /// <summary>Path of the models, on the coordinator and on workers.</summary>
    public const string Path = "/models";

    private const int MaxModels = 1000;
    private const int MaxListBytes = 4 << 20;

    private readonly TransferPatience _patience = patience ?? TransferPatience.Default;

    /// <summary>Asks the coordinator for the models in the farm.</summary>
    public async Task<FarmModels> ListAsync(Uri coordinator, CancellationToken cancellationToken)
    {
        var models = await GetJsonAsync<FarmModels>(coordinator, new Uri(coordinator, Path), MaxListBytes, cancellationToken);
        return models.Models.Count <= MaxModels && models.Models.All(model => BlobRef.IsDigest(model.Digest) && model.Names.Count > 0)
            ? models
            : throw new FarmApiException($"The response from {coordinator} is not a list of models.");
    }

    /// <summary>Asks a worker for the files of a model; the list is checked.</summary>
    public async Task<ModelFileList> ListFilesAsync(Uri worker, string digest, CancellationToken cancellationToken)
    {
        var files = await GetJsonAsync<ModelFileList>(
            worker, new Uri(worker, $"{Path}/{digest}"), ModelFileList.MaxBytes, cancellationToken);
        return files.FindFault(digest) is { } fault
            ? throw new FarmApiException($"The list of files from {worker} is refused: {fault}.")
            : files;
    }

    /// <summary>Appends what is missing of a model's file and checks the whole.</summary>
    /// <param name="partial">File that keeps what has arrived, also when this call fails or is cancelled.</param>
    /// <returns>False when the content is wrong; the caller deletes it.</returns>
    public Task<bool> GetFileAsync(Uri worker, string digest, ListedFile file, string partial, CancellationToken cancellationToken) =>
        TransferWatch.RunAsync(
            worker,
            watch => BlobDownload.RunAsync(
                http, worker, FileAddress(worker, digest, file.Sha256), new BlobRef(file.Sha256, file.Size), partial, watch),
            _patience, cancellationToken);

    private static Uri FileAddress(Uri worker, string digest, string hash) => new(worker, $"{Path}/{digest}/files/{hash}");

    private Task<T> GetJsonAsync<T>(Uri server, Uri address, int maxBytes, CancellationToken cancellationToken) =>
        TransferWatch.RunAsync(server, async watch =>
        {
            using var response = await FarmApiException.GuardAsync(
                server, () => http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, watch.Token));
            try
            {
                await response.Content.LoadIntoBufferAsync(maxBytes, watch.Token);
                await FarmApiException.ThrowIfRefusedAsync(server, response, watch.Token);
                return await response.Content.ReadFromJsonAsync<T>(FarmJson.Options, watch.Token)
                    ?? throw new JsonException("it is empty");
            }
            catch (Exception ex) when (ex is JsonException or HttpRequestException)
            {
                throw new FarmApiException($"The response from {server} can't be read ({ex.Message.TrimEnd('.')}).", ex);
            }
        }, _patience, cancellationToken);
}
