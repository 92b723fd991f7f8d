using System.Globalization;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.AspNetCore.Http.Metadata;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Text;

namespace MlxVideo.Coordinator.Http;

/// <summary>HTTP endpoints for batches and the farm; their bodies are the records of <see cref="MlxVideo.Shared.Api"/>.</summary>
public static class BatchEndpoints
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Maps <c>/api/batches</c> and <c>/api/farm</c>.</summary>
    public static void MapBatches(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/batches", SubmitAsync).WithMetadata(new BodyLimit(SubmitBatch.MaxBytes));
        routes.MapGet("/api/batches", async (IRequiredActor<FarmActor> farm, CancellationToken cancellationToken) =>
            Results.Ok(await farm.ActorRef.Ask<BatchList>(FarmQueries.GetBatches.Instance, AnswerTimeout, cancellationToken)));
        routes.MapGet("/api/batches/{id}", ShowAsync);
        routes.MapPost("/api/batches/{id}/cancel", CancelAsync);
        routes.MapGet("/api/farm", async (IRequiredActor<FarmActor> farm, CancellationToken cancellationToken) =>
            Results.Ok(await farm.ActorRef.Ask<FarmStatus>(FarmQueries.GetFarm.Instance, AnswerTimeout, cancellationToken)));
    }

    private static async Task<IResult> SubmitAsync(
        SubmitBatch batch, IRequiredActor<FarmActor> farm, BlobStore blobs, CancellationToken cancellationToken)
    {
        if (SubmissionRules.FindError(batch, blobs) is { } error)
            return Results.BadRequest(new ApiError(error));
        return await farm.ActorRef.Ask<object>(new FarmQueries.Submit(batch), AnswerTimeout, cancellationToken) switch
        {
            BatchCreated created => Results.Created($"/api/batches/{created.Id}", created),
            FarmQueries.SubmissionRefused refused => Results.Conflict(new ApiError(refused.Reason)),
            var other => throw new InvalidOperationException($"The farm answered a submission with an unexpected {other.GetType().Name}."),
        };
    }

    private static async Task<IResult> ShowAsync(
        string id, string? version, string? wait, IRequiredActor<FarmActor> farm, CancellationToken cancellationToken)
    {
        var (seen, seconds) = (0L, 0.0);
        if (version is not null && NumberText.ReadWhole(version, out seen) is { } noVersion)
            return Results.BadRequest(new ApiError($"version: {noVersion}"));
        if (wait is not null && (NumberText.ReadDecimal(wait, out seconds) ?? Wait(seconds)) is { } noTime)
            return Results.BadRequest(new ApiError($"wait: {noTime}"));
        var patience = TimeSpan.FromSeconds(seconds);
        var answer = await farm.ActorRef.Ask<FarmQueries.BatchAnswer>(
            new FarmQueries.GetBatch(id, version is null ? null : seen, patience), patience + AnswerTimeout, cancellationToken);
        return Answer(id, answer);
    }

    private static string? Wait(double seconds) =>
        seconds >= 0 && seconds <= MaxWait.TotalSeconds
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{seconds} seconds is outside 0 to {MaxWait.TotalSeconds}.");

    private static async Task<IResult> CancelAsync(string id, IRequiredActor<FarmActor> farm, CancellationToken cancellationToken) =>
        Answer(id, await farm.ActorRef.Ask<FarmQueries.BatchAnswer>(new FarmQueries.CancelBatch(id), AnswerTimeout, cancellationToken));

    private static IResult Answer(string id, FarmQueries.BatchAnswer answer) =>
        answer.View is null ? Results.NotFound(new ApiError($"There is no batch '{id}'.")) : Results.Ok(answer.View);

    private sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
