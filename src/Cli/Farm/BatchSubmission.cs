using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Farm;

/// <summary>Sends a checked CSV to a coordinator: first the images, then the rows.</summary>
internal static class BatchSubmission
{
    private const int Attempts = 3;

    /// <summary>A submission whose answer is lost is sent again and still makes one batch.</summary>
    /// <param name="client">The coordinator.</param>
    /// <param name="rows">The checked rows.</param>
    /// <param name="weight">The batch's share of the farm.</param>
    /// <param name="model">Name or digest of the model; null for the only one in the farm.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<BatchCreated> Submit(
        FarmClient client, IReadOnlyList<BatchRow> rows, double weight, string? model, CancellationToken cancellation)
    {
        var images = new Dictionary<string, BlobRef>();
        foreach (var path in rows.SelectMany(row => row.Images).Select(image => image.Path).Distinct())
        {
            images[path] = BlobRef.OfFile(path);
            await client.Blobs.Put(images[path], path, cancellation);
        }

        var clips = rows.Select(row => new SubmittedClip(row.Row, row.Output, row.Wishes, row.Settings with
        {
            Images = row.Images.Select(image => new ImageConditioning(images[image.Path], image.Frame, image.Strength)).ToList(),
        })).ToList();
        var batch = new SubmitBatch(Guid.NewGuid().ToString("N"), clips, weight, model);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await client.Submit(batch, cancellation);
            }
            catch (FarmApiException fault) when (attempt < Attempts && IsAnswerLost(fault))
            {
                // The client token lets the coordinator recognise the batch.
            }
        }
    }

    private static bool IsAnswerLost(FarmApiException fault) =>
        fault.InnerException is HttpRequestException { HttpRequestError: not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError) };
}
