using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Json;

namespace MlxVideo.Cluster.Http;

/// <summary>Responses that refuse a request, in the form of RFC 9457.</summary>
public static class ProblemResponses
{
    private const string ContentType = "application/problem+json";

    /// <summary>Returns a refusal as the result of an endpoint.</summary>
    /// <param name="detail">One sentence with the error, its location and the remedy.</param>
    public static IResult Of(int status, string detail) => Results.Json(
        new ApiProblem(detail, status, ReasonPhrases.GetReasonPhrase(status)), FarmJson.Options, ContentType, status);

    /// <summary>Writes a refusal.</summary>
    /// <param name="detail">One sentence with the error, its location and the remedy.</param>
    public static Task WriteAsync(HttpContext context, int status, string detail)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new ApiProblem(detail, status, ReasonPhrases.GetReasonPhrase(status)), FarmJson.Options, ContentType, context.RequestAborted);
    }
}
