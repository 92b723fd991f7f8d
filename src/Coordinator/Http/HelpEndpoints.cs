using System.Globalization;
using MlxVideo.Coordinator.Help;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Coordinator.Http;

/// <summary>What workers that share guided steps send each other: newest step only, nothing kept after the help.</summary>
public static class HelpEndpoints
{
    /// <summary>A file of a step may not be larger: tokens of the largest clips have a few hundred megabytes.</summary>
    private const long MaxBytes = 1L << 30;

    private const string Route = "/help/{batch}/{row:int}/{stage}/{attempt:int}/{help:int}/{direction}";
    private static readonly int MaxPasses = Enum.GetValues<GuidancePass>().Length;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Maps <c>GET</c>, which waits for a step after <c>?after=N</c> and answers 204 when none came for a while, and <c>PUT
    /// ?step=N&amp;passes=N</c>; 410 once the help is over.
    /// </summary>
    public static void MapHelp(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Route, Get);
        routes.MapPut(Route, Put);
    }

    private static async Task<IResult> Get(
        string batch, int row, string stage, int attempt, int help, HelpDirection direction, int after, HttpResponse response,
        PassRelay relay, CancellationToken cancellationToken)
    {
        if (Fault(direction, Math.Max(0, after), passes: 1) is { } fault)
            return fault;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(LongestWait);
        try
        {
            if (await relay.Next(Address(batch, row, stage, attempt, help), direction, after, patience.Token) is not { } next)
                return Over();
            response.Headers[HelpHeaders.Step] = next.Step.ToString(CultureInfo.InvariantCulture);
            response.Headers[HelpHeaders.Passes] = next.Passes.ToString(CultureInfo.InvariantCulture);
            return Results.Stream(next.Content, "application/octet-stream");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Results.NoContent();
        }
    }

    private static async Task<IResult> Put(
        string batch, int row, string stage, int attempt, int help, HelpDirection direction, int step, int passes, HttpRequest request,
        PassRelay relay, CancellationToken cancellationToken)
    {
        if (Fault(direction, step, passes) is { } fault)
            return fault;
        if (request.ContentLength is not <= MaxBytes)
            return Results.BadRequest(new ApiError($"A step's file needs a length, of at most {MaxBytes} bytes."));
        var address = Address(batch, row, stage, attempt, help);
        return await relay.Put(address, direction, step, passes, request.Body, cancellationToken, request.ContentLength)
            ? Results.NoContent()
            : Over();
    }

    private static IResult? Fault(HelpDirection direction, int step, int passes) =>
        Enum.IsDefined(direction) && step is >= 0 and < RenderSettingsRules.MaxSteps && passes >= 1 && passes <= MaxPasses
            ? null
            : Results.BadRequest(new ApiError($"Steps run from 0 to {RenderSettingsRules.MaxSteps - 1}, passes from 1 to {MaxPasses}; "
                + $"directions are {string.Join(" and ", Enum.GetNames<HelpDirection>())}."));

    private static HelpAddress Address(string batch, int row, string stage, int attempt, int help) =>
        new(new AttemptAddress(new TaskAddress(batch, row, stage), attempt), help);

    private static IResult Over() => Results.Json(new ApiError("This help is over."), statusCode: StatusCodes.Status410Gone);
}
