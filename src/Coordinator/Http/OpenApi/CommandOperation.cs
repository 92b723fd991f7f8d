using System.Globalization;
using System.Text.Json;
using Microsoft.OpenApi;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Coordinator.Http.OpenApi;

/// <summary>The operation of a farm command.</summary>
internal sealed class CommandOperation(FarmCommand command) : IApiOperation
{
    private const string Json = "application/json";
    private const string Follow = "follow";

    /// <summary>Status of a successful response.</summary>
    public int Status => command.ResultType == typeof(BatchCreated) ? StatusCodes.Status201Created : StatusCodes.Status200OK;

    /// <summary>Id of the operation: <c>farmSubmit</c>.</summary>
    public string Id => JsonNamingPolicy.CamelCase.ConvertName(string.Concat(
        command.Name.Split('-').Prepend(command.PaletteName).Select(word => char.ToUpperInvariant(word[0]) + word[1..])));

    /// <inheritdoc/>
    public void Describe(OpenApiOperation operation, string method, ApiSchemas schemas)
    {
        (operation.OperationId, operation.Summary) = (Id, command.Summary);
        operation.Tags = new HashSet<OpenApiTagReference> { schemas.Tag(command.PaletteName) };
        operation.Parameters = Parameters(schemas).ToList();
        operation.RequestBody = command.HasBody ? Body(schemas) : null;
        operation.Responses = [];
        operation.Responses.Add($"{Status}", Success(schemas));
        if (HasTag)
            operation.Responses.Add(
                $"{StatusCodes.Status304NotModified}", new OpenApiResponse { Description = "The client has this result." });
        ApiProblems.AddTo(operation, schemas, Refusals());
    }

    /// <summary>True when responses have entity tags.</summary>
    private bool HasTag => HttpMethods.IsGet(command.Method) && !command.IsStream;

    private IEnumerable<int> Refusals()
    {
        yield return StatusCodes.Status400BadRequest;
        if (command.Arguments.Count > 0)
            yield return StatusCodes.Status404NotFound;
        if (!HttpMethods.IsGet(command.Method))
            yield return StatusCodes.Status409Conflict;
        if (command.HasBody)
        {
            yield return StatusCodes.Status413PayloadTooLarge;
            yield return StatusCodes.Status415UnsupportedMediaType;
        }
    }

    private IEnumerable<IOpenApiParameter> Parameters(ApiSchemas schemas)
    {
        // The stream of a followed command is not described: generated clients know one type of result for each operation.
        foreach (var argument in command.Arguments.Where(
            argument => (command.IsInPath(argument) || !command.HasBody) && !(command.CanFollow && argument.Name == Follow)))
        {
            var isInPath = command.IsInPath(argument);
            yield return new OpenApiParameter
            {
                Name = argument.Name,
                In = isInPath ? ParameterLocation.Path : ParameterLocation.Query,
                Required = isInPath || argument.IsRequired,
                Description = argument.Help,
                Schema = schemas.Of(argument),
            };
        }

        if (HasTag)
            yield return new OpenApiParameter
            {
                Name = "If-None-Match",
                In = ParameterLocation.Header,
                Description = "Entity tag of a known result: if it is still the same, the response is 304 without a body.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            };
    }

    private OpenApiRequestBody Body(ApiSchemas schemas)
    {
        var arguments = command.Arguments.Where(argument => !command.IsInPath(argument)).ToList();
        return new OpenApiRequestBody
        {
            Description = string.Create(
                CultureInfo.InvariantCulture, $"At most {(command.MaxBytes > 0 ? command.MaxBytes : SubmitBatch.MaxBytes)} bytes of JSON."),
            Required = arguments.Any(argument => argument.IsRequired),
            Content = Content(Json, schemas.OfBody(command, arguments)),
        };
    }

    private OpenApiResponse Success(ApiSchemas schemas)
    {
        var result = schemas.Of(command.ResultType);
        if (command.IsStream)
        {
            var name = command.ResultType.Name;
            var events = ApiSchemas.Binary();
            events.Description = $"Server-sent events; the data of each is a {name} as JSON.";
            return new OpenApiResponse { Description = "The stream.", Content = Content("text/event-stream", events) };
        }

        var response = new OpenApiResponse { Description = "The result.", Content = Content(Json, result) };
        if (HasTag)
            response.Headers = Header("ETag", "Entity tag of the result.");
        if (Status == StatusCodes.Status201Created)
            response.Headers = Header("Location", "Path of the batch.");
        return response;
    }

    private static Dictionary<string, OpenApiMediaType> Content(string type, IOpenApiSchema schema) =>
        new() { [type] = new OpenApiMediaType { Schema = schema } };

    private static Dictionary<string, IOpenApiHeader> Header(string name, string description) => new()
    {
        [name] = new OpenApiHeader { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } },
    };
}
