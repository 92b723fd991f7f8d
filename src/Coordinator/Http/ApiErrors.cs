using Akka.Actor;
using MlxVideo.Coordinator.Storage;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Json;

namespace MlxVideo.Coordinator.Http;

/// <summary>
/// Maps exceptions to statuses and gives every refusal the body of <see cref="ApiError"/>, including requests that ASP.NET refuses before
/// an endpoint runs and requests without an endpoint.
/// </summary>
public static class ApiErrors
{
    private const string RetryAfterSeconds = "2";
    private const string Busy = "The farm is busy and did not answer in time, for example after its machine was asleep; try again.";

    /// <summary>Adds the middleware. Endpoints must throw on requests that can't be bound.</summary>
    public static void UseApiErrors(this WebApplication app)
    {
        app.UseStatusCodePages(pages =>
        {
            var status = pages.HttpContext.Response.StatusCode;
            return WriteAsync(pages.HttpContext, status, BadRequestMessage.Of(pages.HttpContext, status, null));
        });
        app.Use(async (context, next) =>
        {
            try
            {
                await next(context);
            }
            catch (BadHttpRequestException ex) when (!context.Response.HasStarted)
            {
                await WriteAsync(context, ex.StatusCode, BadRequestMessage.Of(context, ex.StatusCode, ex));
            }
            catch (AskTimeoutException) when (!context.Response.HasStarted)
            {
                context.Response.Headers.RetryAfter = RetryAfterSeconds;
                await WriteAsync(context, StatusCodes.Status503ServiceUnavailable, Busy);
            }
            catch (StorageException ex) when (!context.Response.HasStarted)
            {
                await RefuseForSpaceAsync(context, ex);
            }
        });
    }

    private static async Task RefuseForSpaceAsync(HttpContext context, StorageException ex)
    {
        context.RequestServices.GetRequiredService<StorageCondition>().Report(ex);
        // Without an inner exception, the file was refused before its transfer. A sending client reads the response only at the end.
        if (ex.InnerException is not null)
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        await WriteAsync(context, StatusCodes.Status507InsufficientStorage, ex.Message);
    }

    private static Task WriteAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new ApiError(message), FarmJson.Options, context.RequestAborted);
    }
}
