using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MlxVideo.Cluster.Http;
using MlxVideo.Shared.Json;

namespace MlxVideo.Coordinator.Health;

/// <summary>Endpoints for the programs that watch the coordinator: they need no token, and reveal nothing else.</summary>
internal static class HealthEndpoints
{
    /// <summary>Answers as long as the process does.</summary>
    public const string Live = "/healthz/live";

    /// <summary>Answers 200 when the coordinator can do its work, otherwise 503 with the reason.</summary>
    public const string Ready = "/healthz/ready";

    private static readonly HttpMethodMetadata Methods = new([HttpMethods.Get, HttpMethods.Head]);

    /// <summary>Registers the checks.</summary>
    public static void AddFarmHealth(this IServiceCollection services)
    {
        services.AddSingleton<FarmCheck>();
        services.AddSingleton<DatabaseCheck>();
        services.AddSingleton<ApiCheck>();
        services.AddHealthChecks()
            .AddCheck<ApiCheck>("api")
            .AddCheck<DatabaseCheck>("database")
            .AddCheck<FarmCheck>("farm");
        // Its entries at every failed request would repeat what the checks log once.
        services.AddLogging(logging => logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None));
    }

    /// <summary>Maps the endpoints.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks(Live, new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync }).WithMetadata(Methods);
        routes.MapHealthChecks(Ready, new HealthCheckOptions { ResponseWriter = WriteAsync }).WithMetadata(Methods);
    }

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        if (report.Status == HealthStatus.Healthy)
            return context.Response.WriteAsJsonAsync(new { Status = "ok" }, FarmJson.Options, context.RequestAborted);
        var failed = report.Entries.Values.First(entry => entry.Status != HealthStatus.Healthy);
        return ProblemResponses.WriteAsync(
            context, StatusCodes.Status503ServiceUnavailable, failed.Description ?? "A check failed.");
    }
}
