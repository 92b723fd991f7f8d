using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Inputs;

namespace MlxVideo.Shared.Commands;

/// <summary>Submits a checked CSV to a coordinator: first the files, then the rows.</summary>
public static class BatchSubmission
{
    private static readonly TimeSpan PauseBeforeRetry = TimeSpan.FromSeconds(1);

    // A farm takes a minute to accept a very large batch or to wake up.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Submits a batch. If the response is lost or a busy farm does not answer in time, the submission is repeated without creating a
    /// second batch.
    /// </summary>
    /// <param name="weight">The batch's share of the farm.</param>
    /// <param name="maxFailed">Number of failed rows at which the rest is cancelled; null for no limit.</param>
    /// <param name="model">Name or digest of the model; null for the only one in the farm.</param>
    /// <param name="submissionId">
    /// Identifies the submission when a client repeats it: the coordinator then returns the existing batch. Null for a new submission.
    /// </param>
    public static async Task<BatchCreated> SubmitAsync(
        IFarmGateway farm, IReadOnlyList<BatchRow> rows, double weight, string? model, CancellationToken cancellationToken,
        string? submissionId = null, int? maxFailed = null)
    {
        var blobs = new Dictionary<string, BlobRef>();
        foreach (var path in rows.SelectMany(row => row.Inputs.Paths).Distinct())
        {
            blobs[path] = BlobRef.OfFile(path);
            await farm.PutAsync(blobs[path], path, cancellationToken);
        }

        var clips = rows.Select(row => new SubmittedClip(
            row.Row, row.Output, row.Constraints, InputSettings.WithBlobs(row.Settings, row.Inputs, path => blobs[path]),
            row.Model)).ToList();
        var batch = new SubmitBatch(submissionId ?? Guid.NewGuid().ToString("N"), clips, weight, model, maxFailed);
        // The client token lets the coordinator recognise a repeated submission.
        return await FarmRetry.WithPatience(
                ex => ex is FarmRequestException { Error: FarmRequestError.Busy }
                    || (ex is FarmApiException failure && IsOutcomeUnknown(failure)),
                PauseBeforeRetry, Patience, TimeProvider.System)
            .ExecuteAsync(async token => (BatchCreated)await farm.ExecuteAsync(batch, token), cancellationToken);
    }

    /// <summary>True when the request may have been processed. Without a connection, the submission fails immediately.</summary>
    private static bool IsOutcomeUnknown(FarmApiException ex) => ex.IsTransient
        && ex.InnerException is not HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError
            or HttpRequestError.NameResolutionError
        };
}
