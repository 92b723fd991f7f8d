using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Http;

/// <summary>The data plane: blobs by digest, hashed on arrival, with range requests for resuming.</summary>
public static class BlobEndpoints
{
    private const string OctetStream = "application/octet-stream";

    /// <summary>Maps <c>HEAD</c>, <c>GET</c> and <c>PUT /blobs/{digest}</c>.</summary>
    public static void MapBlobs(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/blobs/{digest}", [HttpMethods.Get, HttpMethods.Head], Get);
        routes.MapPut("/blobs/{digest}", PutAsync);
    }

    private static IResult Get(string digest, BlobStore blobs)
    {
        if (!BlobRef.IsDigest(digest))
            return NotADigest(digest);
        return blobs.Find(digest) is null
            ? Results.NotFound(new ApiError($"There is no blob {digest}."))
            : Results.File(blobs.PathOf(digest), OctetStream, enableRangeProcessing: true);
    }

    private static async Task<IResult> PutAsync(string digest, HttpRequest request, BlobStore blobs, CancellationToken cancellationToken)
    {
        if (!BlobRef.IsDigest(digest))
            return NotADigest(digest);
        if (blobs.Find(digest) is { } stored)
            return Results.Ok(stored);
        try
        {
            return Results.Created(
                $"/blobs/{digest}", await blobs.PutAsync(request.Body, digest, cancellationToken, request.ContentLength));
        }
        catch (InvalidDataException ex)
        {
            return Results.BadRequest(new ApiError(ex.Message));
        }
    }

    private static IResult NotADigest(string digest) =>
        Results.BadRequest(new ApiError($"'{digest}' is not a SHA-256 digest of 64 lower-case hexadecimal digits."));
}
