using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Farm;

/// <summary>Sends a checked CSV to a coordinator: first the images, then the rows.</summary>
internal static class BatchSubmission
{
    private static readonly TimeSpan PauseBeforeRetry = TimeSpan.FromSeconds(1);

    // A farm takes a minute to take in a very large batch, or to wake up.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Submits a batch. A submission whose response is lost, or that a busy farm did not answer in time, is sent again and still makes
    /// one batch.
    /// </summary>
    /// <param name="client">The coordinator.</param>
    /// <param name="rows">The checked rows.</param>
    /// <param name="weight">The batch's share of the farm.</param>
    /// <param name="model">Name or digest of the model; null for the only one in the farm.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<BatchCreated> Submit(
        FarmClient client, IReadOnlyList<BatchRow> rows, double weight, string? model, CancellationToken cancellationToken)
    {
        var images = new Dictionary<string, BlobRef>();
        foreach (var path in rows.SelectMany(row => row.Images).Select(image => image.Path).Distinct())
        {
            images[path] = BlobRef.OfFile(path);
            await client.Blobs.Put(images[path], path, cancellationToken);
        }

        var clips = rows.Select(row => new SubmittedClip(row.Row, row.Output, row.Constraints, row.Settings with
        {
            Images = row.Images.Select(image => new ImageConditioning(images[image.Path], image.Frame, image.Strength)).ToList(),
        })).ToList();
        var batch = new SubmitBatch(Guid.NewGuid().ToString("N"), clips, weight, model);
        // The client token lets the coordinator recognise the batch.
        return await FarmRetry.WithPatience(
                ex => ex is FarmApiException failure && IsOutcomeUnknown(failure), PauseBeforeRetry, Patience, TimeProvider.System)
            .ExecuteAsync(async token => await client.Submit(batch, token), cancellationToken);
    }

    /// <summary>True when the request was sent and may have been carried out; a coordinator that can't be reached fails at once.</summary>
    private static bool IsOutcomeUnknown(FarmApiException ex) => ex.IsTransient
        && ex.InnerException is not HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError
            or HttpRequestError.NameResolutionError
        };
}
