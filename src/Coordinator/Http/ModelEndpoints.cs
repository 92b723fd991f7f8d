using MlxVideo.Coordinator.Commands;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Http;

/// <summary>The endpoint that tells a new worker from which others it can fetch a model.</summary>
internal static class ModelEndpoints
{
    /// <summary>Maps <c>GET /models</c>.</summary>
    public static void MapModels(this IEndpointRouteBuilder routes) => routes.MapGet(
        ModelClient.Path, async (FarmQueryClient farm, CancellationToken cancellationToken) =>
            Results.Ok(await farm.AskAsync<FarmModels>(FarmQueries.GetModels.Instance, cancellationToken)));
}
