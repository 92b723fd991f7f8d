using Microsoft.OpenApi;

namespace MlxVideo.Coordinator.Http.OpenApi;

/// <summary>Metadata of an endpoint that is part of the OpenAPI document; endpoints without it are not.</summary>
internal interface IApiOperation
{
    /// <summary>Completes the endpoint's operation.</summary>
    /// <param name="operation">The operation, so far with what ASP.NET finds out about the endpoint.</param>
    /// <param name="method">HTTP method; an endpoint with several methods has one operation for each.</param>
    /// <param name="schemas">Schemas of the document.</param>
    void Describe(OpenApiOperation operation, string method, ApiSchemas schemas);
}
