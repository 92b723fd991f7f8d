using Microsoft.AspNetCore.Http;
using MlxVideo.Cluster.Blobs;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Worker.Peers;

/// <summary>Responses to other workers' requests for this worker's model.</summary>
internal static class ModelResponses
{
    private const string OctetStream = "application/octet-stream";

    /// <summary>Answers <c>GET /models/{digest}</c> with the list of files.</summary>
    public static async Task ListAsync(HttpContext context, string digest, ServedModel model)
    {
        if (await FilesAsync(context, digest, model) is { } files)
            await Results.Json(files.List, FarmJson.Options).ExecuteAsync(context);
    }

    /// <summary>Answers <c>GET /models/{digest}/files/{hash}</c>, with ranges.</summary>
    /// <param name="slots">Limits the number of concurrent transfers.</param>
    public static async Task SendAsync(HttpContext context, string digest, string hash, ServedModel model, TransferSlots slots)
    {
        using var slot = await slots.TryEnterAsync(context.RequestAborted);
        if (slot is null)
            await BlobResponses.RefuseBusyAsync(context, "This worker sends other files of its model at the moment; try again.");
        else if (await FilesAsync(context, digest, model) is { } files)
        {
            if (!files.Sources.TryGetValue(hash, out var source))
                await BlobResponses.RefuseAsync(context, StatusCodes.Status404NotFound, "This worker's model has no such file.");
            else
                await Results.File(source, OctetStream, enableRangeProcessing: true).ExecuteAsync(context);
        }
    }

    /// <returns>Null when the request has been refused.</returns>
    private static async Task<ServedFiles?> FilesAsync(HttpContext context, string digest, ServedModel model)
    {
        try
        {
            if (digest == model.Digest && await model.FilesAsync().WaitAsync(context.RequestAborted) is { } files)
                return files;
        }
        catch (Exception ex) when (
            ex is IOException or UnauthorizedAccessException or CheckpointException or SafetensorsException)
        {
            // The model was moved or changed while the worker was running.
        }

        await BlobResponses.RefuseAsync(context, StatusCodes.Status404NotFound, "This worker does not have that model.");
        return null;
    }
}
