using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Features;
using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Http;

/// <summary>
/// Gives every refusal the body of <see cref="ApiError"/>: what ASP.NET refuses before an endpoint runs, and what has no endpoint.
/// </summary>
internal static partial class ApiErrors
{
    /// <summary>Adds the middleware; endpoints must throw on requests that can't be bound.</summary>
    public static void UseApiErrors(this WebApplication app)
    {
        app.UseStatusCodePages(pages => WriteAsync(pages.HttpContext, pages.HttpContext.Response.StatusCode, null));
        app.Use(async (context, next) =>
        {
            try
            {
                await next(context);
            }
            catch (BadHttpRequestException ex) when (!context.Response.HasStarted)
            {
                await WriteAsync(context, ex.StatusCode, ex);
            }
        });
    }

    private static Task WriteAsync(HttpContext context, int status, BadHttpRequestException? ex)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new ApiError(Sentence(context, status, ex)), FarmJson.Options, context.RequestAborted);
    }

    private static string Sentence(HttpContext context, int status, BadHttpRequestException? ex) => status switch
    {
        StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed =>
            $"There is no {context.Request.Method} {context.Request.Path} in this API.",
        StatusCodes.Status413PayloadTooLarge => $"The request has more than {LimitOf(context)} bytes: split the batch into several.",
        StatusCodes.Status415UnsupportedMediaType => "The body must be JSON, with the content type application/json.",
        _ when ex?.InnerException is JsonException json => Sentence(json),
        _ when ex is not null && HttpMethods.IsPost(context.Request.Method) => "The request needs a JSON body.",
        _ when ex is not null && UnusableParameter().Match(ex.Message) is { Success: true } unusable =>
            $"{unusable.Groups["name"].Value}: '{unusable.Groups["text"].Value}' can't be used.",
        _ when ex is not null && MissingParameter().Match(ex.Message) is { Success: true } missing => $"{missing.Groups["name"].Value} is missing.",
        _ => ex?.Message ?? $"The request was refused with status {status}.",
    };

    private static long? LimitOf(HttpContext context) => context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;

    /// <summary>What is wrong with a JSON body and where, without the names of .NET types.</summary>
    private static string Sentence(JsonException ex)
    {
        var place = ex.Path is null or "$" ? "The JSON body" : $"The JSON body at {ex.Path}";
        var reason = ex.Message.Split(" Path: ")[0].TrimEnd('.');
        if (MissingProperties().Match(reason) is { Success: true } missing)
            return $"{place} lacks {missing.Groups["names"].Value}.";
        if (DuplicateProperty().Match(reason) is { Success: true } twice)
            return $"{place} has '{twice.Groups["name"].Value}' twice.";
        if (NullValue().IsMatch(reason))
            return $"{place} has null where a value is needed.";
        return reason.Contains("could not be converted", StringComparison.Ordinal)
            ? $"{place} has a value that can't be used there."
            : $"{place} can't be read: {reason}.";
    }

    [GeneratedRegex("missing required properties including: (?<names>.+)", RegexOptions.CultureInvariant)]
    private static partial Regex MissingProperties();

    [GeneratedRegex("^Duplicate property '(?<name>[^']*)'", RegexOptions.CultureInvariant)]
    private static partial Regex DuplicateProperty();

    [GeneratedRegex("^Failed to bind parameter \"\\S+ (?<name>\\w+)\" from \"(?<text>.*)\"", RegexOptions.CultureInvariant)]
    private static partial Regex UnusableParameter();

    [GeneratedRegex("^Required parameter \"\\S+ (?<name>\\w+)\" was not provided from", RegexOptions.CultureInvariant)]
    private static partial Regex MissingParameter();

    [GeneratedRegex("null values", RegexOptions.CultureInvariant)]
    private static partial Regex NullValue();
}
