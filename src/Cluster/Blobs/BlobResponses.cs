using System.Globalization;
using Microsoft.AspNetCore.Http;
using MlxVideo.Cluster.Http;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Cluster.Blobs;

/// <summary>Responses to requests for blobs, from the coordinator or from a worker.</summary>
public static class BlobResponses
{
    private const string OctetStream = "application/octet-stream";
    private const string RetryAfterSeconds = "2";

    /// <summary>
    /// Answers <c>HEAD</c> and <c>GET /blobs/{digest}</c>, with ranges. The content is verified before it is first sent; a damaged blob
    /// counts as missing.
    /// </summary>
    /// <param name="slots">Limits the number of concurrent downloads.</param>
    public static async Task SendAsync(HttpContext context, string digest, BlobStore blobs, TransferSlots slots)
    {
        var cancellationToken = context.RequestAborted;
        if (!BlobRef.IsDigest(digest))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, NotADigest(digest));
            return;
        }

        var isHead = HttpMethods.IsHead(context.Request.Method);
        using var slot = isHead ? null : await slots.TryEnterAsync(cancellationToken);
        if (slot is null && !isHead)
        {
            await RefuseBusyAsync(context, "Too many blobs are being downloaded at the moment; try again.");
            return;
        }

        if (await blobs.FindVerifiedAsync(digest, cancellationToken) is null)
        {
            if (blobs.ReceivedBytes(digest) is > 0 and var received)
                context.Response.Headers[BlobHeaders.Received] = received.ToString(CultureInfo.InvariantCulture);
            await RefuseAsync(context, StatusCodes.Status404NotFound, $"There is no blob {digest}.");
            return;
        }

        blobs.Touch(digest); // a client that finds a blob does not upload it, so it must not be deleted soon
        await Results.File(blobs.PathOf(digest), OctetStream, enableRangeProcessing: true).ExecuteAsync(context);
    }

    /// <summary>Refuses a transfer that may succeed soon.</summary>
    public static Task RefuseBusyAsync(HttpContext context, string message)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, message);
    }

    /// <summary>Refuses a request with a one-sentence message.</summary>
    public static Task RefuseAsync(HttpContext context, int status, string message) =>
        ProblemResponses.WriteAsync(context, status, message);

    /// <summary>Returns the message for a malformed digest.</summary>
    public static string NotADigest(string digest) => $"'{digest}' is not a SHA-256 digest of 64 lower-case hexadecimal digits.";
}
