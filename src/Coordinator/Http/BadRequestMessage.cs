using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Features;

namespace MlxVideo.Coordinator.Http;

/// <summary>Says in one sentence what is wrong with a request that ASP.NET refused.</summary>
internal static partial class BadRequestMessage
{
    /// <summary>The sentence for a status, and for the exception behind it if there is one.</summary>
    public static string Of(HttpContext context, int status, BadHttpRequestException? ex) => status switch
    {
        StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed =>
            $"There is no {context.Request.Method} {context.Request.Path} in this API.",
        StatusCodes.Status413PayloadTooLarge => $"The request has more than {LimitOf(context)} bytes: split the batch into several.",
        StatusCodes.Status415UnsupportedMediaType => "The body must be JSON, with the content type application/json.",
        _ when ex?.InnerException is JsonException json => Of(json),
        _ when ex is not null && HttpMethods.IsPost(context.Request.Method) => "The request needs a JSON body.",
        _ when ex is not null && UnusableParameter().Match(ex.Message) is { Success: true } unusable =>
            $"{unusable.Groups["name"].Value}: '{unusable.Groups["text"].Value}' can't be used.",
        _ when ex is not null && MissingParameter().Match(ex.Message) is { Success: true } missing =>
            $"{missing.Groups["name"].Value} is missing.",
        _ => ex?.Message ?? $"The request was refused with status {status}.",
    };

    private static long? LimitOf(HttpContext context) => context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;

    /// <summary>What is wrong with a JSON body and where, without the names of .NET types.</summary>
    private static string Of(JsonException ex)
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
