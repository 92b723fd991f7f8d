using System.Reflection;
using Microsoft.OpenApi;

namespace MlxVideo.Coordinator.Http.OpenApi;

/// <summary>The OpenAPI document of the operators' API. It is created on request, from the metadata of the endpoints.</summary>
internal static class ApiDocument
{
    /// <summary>Path of the document. The access rules are those of the API.</summary>
    public const string Path = "/api/v1/openapi.json";

    private const string Name = "v1";
    private const string Token = "token";

    /// <summary>Registers the services.</summary>
    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi(Name, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = endpoint => endpoint.ActionDescriptor.EndpointMetadata.OfType<IApiOperation>().Any();
        options.AddOperationTransformer((operation, context, _) =>
        {
            var description = context.Description;
            description.ActionDescriptor.EndpointMetadata.OfType<IApiOperation>().Single()
                .Describe(operation, description.HttpMethod!, new ApiSchemas(context.Document!));
            return Task.CompletedTask;
        });
        options.AddDocumentTransformer((document, _, _) =>
        {
            Describe(document);
            return Task.CompletedTask;
        });
    });

    /// <summary>Maps the document.</summary>
    public static void MapApiDocument(this IEndpointRouteBuilder routes) => routes.MapOpenApi(Path);

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "MlxVideo farm",
            Version = typeof(ApiDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion
                .Split('+')[0],
            Description = "The commands of the farm, and its blobs: uploaded images and finished clips.",
        };
        document.Tags = null; // the operations name theirs
        document.AddComponent(Token, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "An operator's token, as 'farm init' prints it. A farm without certificates needs none.",
        });
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Token, document)] = [] }, []];
    }
}
