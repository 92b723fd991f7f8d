using System.Globalization;
using Microsoft.OpenApi;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Http.OpenApi;

/// <summary>The operations on a blob.</summary>
internal sealed class BlobOperation : IApiOperation
{
    private const string OctetStream = "application/octet-stream";

    /// <inheritdoc/>
    public void Describe(OpenApiOperation operation, string method, ApiSchemas schemas)
    {
        operation.Tags = new HashSet<OpenApiTagReference> { schemas.Tag("blob") };
        operation.Responses = [];
        operation.Parameters =
        [
            new OpenApiParameter
            {
                Name = "digest",
                In = ParameterLocation.Path,
                Required = true,
                Description = "SHA-256 of the content.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = BlobRef.DigestPattern },
            },
        ];
        if (HttpMethods.IsPut(method))
            DescribeUpload(operation, schemas);
        else if (HttpMethods.IsHead(method))
            DescribeQuery(operation, schemas);
        else
            DescribeDownload(operation, schemas);
    }

    private static void DescribeDownload(OpenApiOperation operation, ApiSchemas schemas)
    {
        (operation.OperationId, operation.Summary) = ("blobDownload", "Downloads a blob: an image, or a finished clip (mp4).");
        operation.Parameters!.Add(Header("Range", "Part of the blob, such as bytes=1000-, to resume a download."));
        Add(operation, StatusCodes.Status200OK, "The blob.", Content());
        Add(operation, StatusCodes.Status206PartialContent, "The part of the blob.", Content());
        Add(operation, StatusCodes.Status416RangeNotSatisfiable, "The part lies outside the blob.");
        ApiProblems.AddTo(operation, schemas, [StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound]);
    }

    private static void DescribeQuery(OpenApiOperation operation, ApiSchemas schemas)
    {
        (operation.OperationId, operation.Summary) = ("blobQuery", "Tells whether the store has a blob.");
        Add(operation, StatusCodes.Status200OK, "It has the blob.");
        Add(operation, StatusCodes.Status404NotFound, "It does not have the blob.");
        Received(operation, StatusCodes.Status404NotFound);
        ApiProblems.AddTo(operation, schemas, [StatusCodes.Status400BadRequest]);
    }

    private static void DescribeUpload(OpenApiOperation operation, ApiSchemas schemas)
    {
        (operation.OperationId, operation.Summary) =
            ("blobUpload", "Uploads a blob, such as an image of a clip; the store checks its digest.");
        operation.Parameters!.Add(Header(
            "Content-Range",
            $"For an upload that continues an interrupted one: bytes FIRST-LAST/LENGTH, with FIRST from {BlobHeaders.Received}."));
        operation.RequestBody = new OpenApiRequestBody { Description = "The content, of any size.", Required = true, Content = Content() };
        var reference = new Dictionary<string, OpenApiMediaType>
        {
            ["application/json"] = new OpenApiMediaType { Schema = schemas.Of(typeof(BlobRef)) },
        };
        Add(operation, StatusCodes.Status200OK, "The store had the blob.", reference);
        Add(operation, StatusCodes.Status201Created, "The blob is stored.", reference);
        ApiProblems.AddTo(
            operation, schemas,
            [StatusCodes.Status400BadRequest, StatusCodes.Status409Conflict, StatusCodes.Status507InsufficientStorage]);
        Received(operation, StatusCodes.Status409Conflict);
    }

    private static void Add(
        OpenApiOperation operation, int status, string description, IDictionary<string, OpenApiMediaType>? content = null) =>
        operation.Responses!.Add(
            status.ToString(CultureInfo.InvariantCulture), new OpenApiResponse { Description = description, Content = content });

    private static void Received(OpenApiOperation operation, int status) =>
        ((OpenApiResponse)operation.Responses![$"{status}"]).Headers = new Dictionary<string, IOpenApiHeader>
        {
            [BlobHeaders.Received] = new OpenApiHeader
            {
                Description = "Number of bytes that an interrupted upload left, after which an upload can continue.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" },
            },
        };

    private static OpenApiParameter Header(string name, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static Dictionary<string, OpenApiMediaType> Content() => new()
    {
        [OctetStream] = new OpenApiMediaType { Schema = ApiSchemas.Binary() },
    };
}
