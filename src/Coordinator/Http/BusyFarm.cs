using Akka.Actor;
using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Http;

/// <summary>Answers requests that the farm could not answer in time with 503, so that clients try again.</summary>
internal static class BusyFarm
{
    private const string RetryAfterSeconds = "2";

    /// <summary>Turns a farm that does not answer into <c>503 Service Unavailable</c> with <c>Retry-After</c>.</summary>
    public static void UseBusyFarmResponses(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        try
        {
            await next(context);
        }
        catch (AskTimeoutException) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
            await context.Response.WriteAsJsonAsync(
                new ApiError("The farm is busy and did not answer in time, as after its machine was asleep; try again."), FarmJson.Options, context.RequestAborted);
        }
    });
}
