using MlxVideo.Coordinator.Storage;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Http;

/// <summary>Answers 507 Insufficient Storage, with the sentence, whenever the coordinator can't store what a request brings.</summary>
public static class StorageAnswers
{
    /// <summary>Adds the answer to all endpoints.</summary>
    public static void UseStorageAnswers(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        try
        {
            await next(context);
        }
        catch (StorageException ex) when (!context.Response.HasStarted)
        {
            context.RequestServices.GetRequiredService<StorageCondition>().Report(ex);
            // Without an inner exception the file was refused before it came. Once a client sends, it reads the answer only at its end.
            if (ex.InnerException is not null)
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status507InsufficientStorage;
            await context.Response.WriteAsJsonAsync(new ApiError(ex.Message), FarmJson.Options, context.RequestAborted);
        }
    });
}
