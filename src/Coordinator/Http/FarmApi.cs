using Microsoft.AspNetCore.Routing;

namespace MlxVideo.Coordinator.Http;

/// <summary>The coordinator's HTTP API put together.</summary>
internal static class FarmApi
{
    /// <summary>JSON rules, and refusals that <see cref="ApiErrors"/> words.</summary>
    public static void AddFarmApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => FarmJsonOptions.CopyTo(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    /// <summary>Every endpoint.</summary>
    public static void UseFarmApi(this WebApplication app)
    {
        app.UseApiErrors();
        app.MapBlobs();
        app.MapOffload();
        app.MapBatches();
    }
}
