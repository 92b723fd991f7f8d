using Microsoft.AspNetCore.Routing;
using MlxVideo.Coordinator.Health;
using MlxVideo.Coordinator.Http.OpenApi;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Coordinator.Security;
using MlxVideo.Coordinator.Telemetry;

namespace MlxVideo.Coordinator.Http;

/// <summary>Composes the coordinator's HTTP API.</summary>
internal static class FarmApi
{
    /// <summary>
    /// Registers the JSON rules, health checks and metrics, and leaves the wording of refusals to <see cref="ApiErrors"/>.
    /// </summary>
    public static void AddFarmApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => FarmJsonOptions.CopyTo(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddSingleton<DatabaseCondition>();
        services.AddBlobs();
        services.AddApiDocument();
        services.AddFarmHealth();
        services.AddFarmTelemetry();
    }

    /// <summary>Adds the middleware and maps every endpoint.</summary>
    /// <param name="tls">Certificates; null for a farm without.</param>
    public static void UseFarmApi(this WebApplication app, CoordinatorTls? tls = null)
    {
        app.UseApiErrors();
        app.UseFarmAccess();
        app.MapHealth();
        app.MapMetrics();
        app.MapSecurity(tls);
        app.MapBlobs();
        app.MapModels();
        app.MapOffload();
        app.MapCommands();
        app.MapApiDocument();
    }
}
