using Microsoft.AspNetCore.Routing;

namespace MlxVideo.Coordinator.Http;

/// <summary>Composes the coordinator's HTTP API.</summary>
internal static class FarmApi
{
    /// <summary>Registers the JSON rules, and leaves the wording of refusals to <see cref="ApiErrors"/>.</summary>
    public static void AddFarmApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => FarmJsonOptions.CopyTo(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    /// <summary>Adds the middleware and maps every endpoint.</summary>
    public static void UseFarmApi(this WebApplication app)
    {
        app.UseApiErrors();
        app.MapBlobs();
        app.MapOffload();
        app.MapBatches();
    }
}
