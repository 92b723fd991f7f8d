using MlxVideo.Cluster.Http;
using MlxVideo.Coordinator.Archive;
using MlxVideo.Coordinator.Security;
using MlxVideo.Coordinator.Storage;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Coordinator.Http;

/// <summary>
/// Maps exceptions to statuses and gives every refusal the body of <see cref="ApiProblem"/>, including requests that ASP.NET refuses before
/// an endpoint runs and requests without an endpoint.
/// </summary>
public static class ApiErrors
{
    private const string RetryAfterSeconds = "2";

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
            catch (AccessRefusedException ex) when (!context.Response.HasStarted)
            {
                context.RequestServices.GetRequiredService<HttpAccess>().Record(context, ex);
                context.Response.Headers.Connection = "close"; // a refused body is not read
                await WriteAsync(context, ex.Status, ex.Message);
            }
            catch (FarmRequestException ex) when (!context.Response.HasStarted)
            {
                if (ex.Error == FarmRequestError.Busy)
                    context.Response.Headers.RetryAfter = RetryAfterSeconds;
                await WriteAsync(context, (int)ex.Error, ex.Message);
            }
            catch (ArchiveException ex) when (!context.Response.HasStarted)
            {
                context.Response.Headers.RetryAfter = RetryAfterSeconds;
                await WriteAsync(context, StatusCodes.Status503ServiceUnavailable, ex.Message);
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

    private static Task WriteAsync(HttpContext context, int status, string message) =>
        ProblemResponses.WriteAsync(context, status, message);
}
