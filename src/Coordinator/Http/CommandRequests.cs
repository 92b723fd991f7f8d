using System.Text.Json;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Json;

namespace MlxVideo.Coordinator.Http;

/// <summary>Reads the request of a command from its HTTP form. Unknown arguments are refused, because they may be misspelled.</summary>
internal static class CommandRequests
{
    /// <exception cref="FarmRequestException">An argument is missing, unknown or invalid.</exception>
    /// <exception cref="BadHttpRequestException">The body is not the expected JSON.</exception>
    public static async Task<object> ReadAsync(FarmCommand command, HttpRequest request)
    {
        if (!command.HasBody)
        {
            var query = command.Arguments.Where(argument => !command.IsInPath(argument)).ToList();
            Refuse(request.Query.Keys, query);
            return command.Bind(argument =>
                (command.IsInPath(argument) ? request.RouteValues[argument.Name] as string : Last(request, argument)) is { } text
                    ? argument.Parse(text)
                    : null);
        }

        if (request.ContentType is null && request.ContentLength is null or 0)
            return BindPath(command, request);
        if (!request.HasJsonContentType())
            throw new BadHttpRequestException("", StatusCodes.Status415UnsupportedMediaType);
        try
        {
            return command.Arguments.Any(command.IsInPath)
                ? await BindAsync(command, request)
                : await request.ReadFromJsonAsync(command.RequestType, FarmJson.Options, request.HttpContext.RequestAborted)
                    ?? (command.Arguments.All(argument => !argument.IsRequired)
                        ? BindPath(command, request)
                        : throw new BadHttpRequestException("", StatusCodes.Status400BadRequest));
        }
        catch (JsonException) when (request.ContentLength == 0)
        {
            throw new BadHttpRequestException("", StatusCodes.Status400BadRequest);
        }
        catch (JsonException ex)
        {
            throw new BadHttpRequestException("", StatusCodes.Status400BadRequest, ex);
        }
    }

    private static string? Last(HttpRequest request, FarmArgument argument) =>
        request.Query.TryGetValue(argument.Name, out var values) ? values[^1] : null;

    private static object BindPath(FarmCommand command, HttpRequest request) => command.Bind(argument =>
        command.IsInPath(argument) ? argument.Parse((string)request.RouteValues[argument.Name]!) : null);

    private static async Task<object> BindAsync(FarmCommand command, HttpRequest request)
    {
        using var document = await JsonDocument.ParseAsync(
            request.Body, new JsonDocumentOptions { AllowDuplicateProperties = false }, request.HttpContext.RequestAborted);
        var body = document.RootElement;
        if (body.ValueKind == JsonValueKind.Null) // generated clients send it for a body that is left out
            return BindPath(command, request);
        if (body.ValueKind != JsonValueKind.Object)
            throw new FarmRequestException(FarmRequestError.Invalid, "The JSON body must be an object.");
        Refuse(
            body.EnumerateObject().Select(property => property.Name),
            command.Arguments.Where(argument => !command.IsInPath(argument)).ToList());
        return command.Bind(argument => command.IsInPath(argument)
            ? argument.Parse((string)request.RouteValues[argument.Name]!)
            : body.TryGetProperty(argument.Name, out var value) && value.ValueKind != JsonValueKind.Null
                ? value.Deserialize(argument.Type, FarmJson.Options)
                : null);
    }

    private static void Refuse(IEnumerable<string> given, IReadOnlyList<FarmArgument> known)
    {
        foreach (var name in given.Where(name => known.All(argument => argument.Name != name)))
            throw new FarmRequestException(FarmRequestError.Invalid, known.Count == 0
                ? $"'{name}' is unknown: this request has no arguments."
                : $"'{name}' is unknown; the arguments are {string.Join(", ", known.Select(argument => argument.Name))}.");
    }
}
