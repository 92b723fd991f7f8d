using System.Globalization;
using MlxVideo.Cluster.Http;
using MlxVideo.Coordinator.Offloading;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Coordinator.Http;

/// <summary>
/// Endpoints for the data that a worker and its helper exchange for guided steps: only the newest step, and nothing after the offload.
/// </summary>
public static class OffloadEndpoints
{
    /// <summary>Maximum size of a step's file; tokens of the largest clips have a few hundred megabytes.</summary>
    private const long MaxBytes = 1L << 30;

    private const string Route = "/offload/{batch}/{row:int}/{stageId}/{attempt:int}/{offload:int}/{direction}";
    private static readonly int MaxEvaluations = Enum.GetValues<GuidanceEvaluation>().Length;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Maps <c>GET</c>, which waits for a step after <c>?after=N</c> and answers 204 when none arrives in time, and
    /// <c>PUT ?step=N&amp;evaluations=N</c>. Both answer 410 once the offload has ended.
    /// </summary>
    public static void MapOffload(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Route, GetAsync);
        routes.MapPut(Route, PutAsync);
    }

    private static async Task<IResult> GetAsync(
        string batch, int row, string stageId, int attempt, int offload, OffloadDirection direction, int after, HttpResponse response,
        EvaluationRelay relay, CancellationToken cancellationToken)
    {
        if (Error(direction, Math.Max(0, after), evaluations: 1) is { } error)
            return error;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(LongestWait);
        try
        {
            if (await relay.NextAsync(Address(batch, row, stageId, attempt, offload), direction, after, patience.Token) is not { } next)
                return Gone();
            response.Headers[OffloadHeaders.Step] = next.Step.ToString(CultureInfo.InvariantCulture);
            response.Headers[OffloadHeaders.Evaluations] = next.Evaluations.ToString(CultureInfo.InvariantCulture);
            return Results.Stream(next.Content, "application/octet-stream");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Results.NoContent();
        }
    }

    private static async Task<IResult> PutAsync(
        string batch, int row, string stageId, int attempt, int offload, OffloadDirection direction, int step, int evaluations,
        HttpRequest request,
        EvaluationRelay relay, CancellationToken cancellationToken)
    {
        if (Error(direction, step, evaluations) is { } error)
            return error;
        if (request.ContentLength is not <= MaxBytes)
            return ProblemResponses.Of(
                StatusCodes.Status400BadRequest, $"A step's file needs a Content-Length of at most {MaxBytes} bytes.");
        var address = Address(batch, row, stageId, attempt, offload);
        return await relay.PutAsync(address, direction, step, evaluations, request.Body, cancellationToken, request.ContentLength)
            ? Results.NoContent()
            : Gone();
    }

    private static IResult? Error(OffloadDirection direction, int step, int evaluations) =>
        Enum.IsDefined(direction) && step is >= 0 and < RenderSettingsRules.MaxSteps && evaluations >= 1 && evaluations <= MaxEvaluations
            ? null
            : ProblemResponses.Of(
                StatusCodes.Status400BadRequest,
                $"Steps range from 0 to {RenderSettingsRules.MaxSteps - 1}, evaluations from 1 to {MaxEvaluations}; "
                + $"directions are {string.Join(" and ", Enum.GetNames<OffloadDirection>())}.");

    private static OffloadAddress Address(string batch, int row, string stageId, int attempt, int offload) =>
        new(new AttemptAddress(new StageAddress(batch, row, stageId), attempt), offload);

    private static IResult Gone() => ProblemResponses.Of(StatusCodes.Status410Gone, "This offload has ended.");
}
