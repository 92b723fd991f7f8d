using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Features;

namespace MlxVideo.Coordinator.Http;

/// <summary>Describes the fault of a request that ASP.NET refused, in one sentence.</summary>
internal static partial class BadRequestMessage
{
    /// <summary>Returns the sentence for a status and its exception, if any.</summary>
    public static string Of(HttpContext context, int status, BadHttpRequestException? ex) => status switch
    {
        StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed =>
            $"This API has no endpoint {context.Request.Method} {context.Request.Path}.",
        StatusCodes.Status413PayloadTooLarge => $"The request exceeds the limit of {LimitOf(context)} bytes: split the batch.",
        StatusCodes.Status415UnsupportedMediaType => "The body must be JSON with the content type application/json.",
        _ when ex?.InnerException is JsonException json => Of(json),
        _ when ex is not null && HttpMethods.IsPost(context.Request.Method) => "The request needs a JSON body.",
        _ when ex is not null && UnusableParameter().Match(ex.Message) is { Success: true } unusable =>
            $"{unusable.Groups["name"].Value}: '{unusable.Groups["text"].Value}' is not a valid value.",
        _ when ex is not null && MissingParameter().Match(ex.Message) is { Success: true } missing =>
            $"{missing.Groups["name"].Value} is missing.",
        _ => ex?.Message ?? $"The request was refused with status {status}.",
    };

    private static long? LimitOf(HttpContext context) => context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;

    /// <summary>Describes the fault of a JSON body and its location, without names of .NET types.</summary>
    private static string Of(JsonException ex)
    {
        var place = ex.Path is null or "$" ? "The JSON body" : $"The JSON body at {ex.Path}";
        var reason = ex.Message.Split(" Path: ")[0].TrimEnd('.');
        if (MissingProperties().Match(reason) is { Success: true } missing)
            return $"{place} is missing {missing.Groups["names"].Value}.";
        if (DuplicateProperty().Match(reason) is { Success: true } twice)
            return $"{place} contains '{twice.Groups["name"].Value}' twice.";
        if (NullValue().IsMatch(reason))
            return $"{place} contains null where a value is required.";
        return reason.Contains("could not be converted", StringComparison.Ordinal)
            ? $"{place} contains an invalid value."
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
