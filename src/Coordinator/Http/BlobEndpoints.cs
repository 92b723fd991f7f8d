using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MlxVideo.Cluster.Blobs;
using MlxVideo.Coordinator.Http.OpenApi;
using MlxVideo.Coordinator.Metrics;
using MlxVideo.Coordinator.Storage;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Http;

/// <summary>
/// The data plane: blobs by digest, hashed on arrival. Downloads and uploads can be resumed, and the number of concurrent ones is limited.
/// </summary>
public static class BlobEndpoints
{
    private const int MaxDownloads = 16;

    /// <summary>Registers the services of the endpoints.</summary>
    public static IServiceCollection AddBlobs(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services.AddMetrics()
            .AddSingleton<BlobTraffic>()
            .AddSingleton<BlobUploads>()
            .AddSingleton(_ => new TransferSlots(MaxDownloads, TransferSlots.DefaultPatience));
    }

    /// <summary>
    /// Maps <c>HEAD</c>, <c>GET</c> and <c>PUT /blobs/{digest}</c>. An upload with <c>Content-Range</c> continues after what an interrupted
    /// one left; <c>HEAD</c> tells its length (<see cref="BlobHeaders.Received"/>).
    /// </summary>
    public static void MapBlobs(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/blobs/{digest}", [HttpMethods.Get, HttpMethods.Head], SendAsync).WithMetadata(new BlobOperation());
        routes.MapPut("/blobs/{digest}", PutAsync).WithMetadata(new BlobOperation());
    }

    private static async Task SendAsync(HttpContext context, string digest, BlobStore blobs, TransferSlots slots, BlobTraffic traffic)
    {
        using var counting = HttpMethods.IsGet(context.Request.Method) ? traffic.Sending(context.Response) : null;
        await BlobResponses.SendAsync(context, digest, blobs, slots);
    }

    private static async Task PutAsync(HttpContext context, string digest, BlobUploads uploads, BlobTraffic traffic)
    {
        var (request, cancellationToken) = (context.Request, context.RequestAborted);
        if (!BlobRef.IsDigest(digest))
        {
            await BlobResponses.RefuseAsync(context, StatusCodes.Status400BadRequest, BlobResponses.NotADigest(digest));
            return;
        }

        if (OffsetOf(request) is not { } offset)
        {
            await BlobResponses.RefuseAsync(
                context, StatusCodes.Status400BadRequest,
                "The Content-Range of an upload must be 'bytes FIRST-LAST/LENGTH', up to the end of the blob and as long as the content.");
            return;
        }

        try
        {
            var (blob, isNew) = await uploads.PutAsync(
                digest, traffic.Received(request.Body), offset, request.ContentLength, cancellationToken);
            await (isNew ? Results.Created($"/blobs/{digest}", blob) : Results.Ok(blob)).ExecuteAsync(context);
        }
        catch (InvalidDataException ex)
        {
            await BlobResponses.RefuseAsync(context, StatusCodes.Status400BadRequest, ex.Message);
        }
        catch (UploadBusyException ex)
        {
            await BlobResponses.RefuseBusyAsync(context, ex.Message);
        }
        catch (UploadOffsetException ex)
        {
            context.Response.Headers[BlobHeaders.Received] = ex.Received.ToString(CultureInfo.InvariantCulture);
            await BlobResponses.RefuseAsync(context, StatusCodes.Status409Conflict, ex.Message);
        }
    }

    /// <summary>Returns the position at which the content of an upload starts; null when the header is invalid.</summary>
    private static long? OffsetOf(HttpRequest request)
    {
        if (request.Headers.ContentRange is not [{ } text])
            return 0;
        return ContentRangeHeaderValue.TryParse(text, out var range)
            && range is { Unit: "bytes", From: { } from, To: { } to, Length: { } length }
            && to == length - 1 && request.ContentLength == length - from
                ? from
                : null;
    }
}
