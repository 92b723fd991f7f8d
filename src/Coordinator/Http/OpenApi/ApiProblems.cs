using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Http.OpenApi;

/// <summary>Responses that refuse a request.</summary>
internal static class ApiProblems
{
    private const string ContentType = "application/problem+json";

    /// <summary>Adds the refusals of an operation, those that every operation can have, and a default for all others.</summary>
    public static void AddTo(OpenApiOperation operation, ApiSchemas schemas, IEnumerable<int> statuses)
    {
        int[] always =
            [StatusCodes.Status401Unauthorized, StatusCodes.Status429TooManyRequests, StatusCodes.Status503ServiceUnavailable];
        foreach (var status in statuses.Concat(always).Order())
            operation.Responses!.Add($"{status}", Of(ReasonPhrases.GetReasonPhrase(status), schemas));
        operation.Responses!.Add("default", Of("Any other refusal", schemas));
    }

    private static OpenApiResponse Of(string reason, ApiSchemas schemas) => new()
    {
        Description = $"{reason}.",
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [ContentType] = new OpenApiMediaType { Schema = schemas.Of(typeof(ApiProblem)) },
        },
    };
}
