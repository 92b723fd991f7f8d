namespace MlxVideo.Shared.Api;

/// <summary>Names of HTTP headers of <c>/blobs</c>.</summary>
public static class BlobHeaders
{
    /// <summary>
    /// In a 404 or 409 response: number of bytes of the blob that an interrupted upload left, after which an upload can continue.
    /// </summary>
    public const string Received = "Blob-Received";
}
