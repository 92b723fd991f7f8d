using Microsoft.AspNetCore.Http.Metadata;
using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Security;

/// <summary>Endpoints for workers' certificates (<see cref="SecurityPaths"/>). In a farm without certificates, they answer 404.</summary>
internal static class SecurityEndpoints
{
    private const long MaxBytes = 16 << 10;

    /// <summary>Maps the endpoints.</summary>
    /// <param name="tls">Certificates; null for a farm without.</param>
    public static void MapSecurity(this IEndpointRouteBuilder routes, CoordinatorTls? tls)
    {
        if (tls is null)
            return;
        var limit = new BodyLimit(MaxBytes);
        routes.MapGet(SecurityPaths.Authority, () => Results.Text(tls.Rules.Authority.ExportCertificatePem(), "application/x-pem-file"));
        routes.MapPost(SecurityPaths.Join, (JoinRequest request, HttpContext context, ILogger<AccessRecord> log) =>
        {
            var certificate = tls.Access.Enrol(request, AddressOf(context));
            log.WorkerEnrolled(request.Name, request.WorkerId);
            return Results.Ok(new IssuedCertificate(certificate.RawData));
        }).WithMetadata(limit);
        routes.MapGet(SecurityPaths.Certificate, () => Results.NoContent());
        routes.MapPost(SecurityPaths.Certificate, (RenewRequest request, HttpContext context) => Results.Ok(new IssuedCertificate(
            tls.Access.Renew(context.Connection.ClientCertificate!, request.SigningRequest, AddressOf(context)).RawData)))
            .WithMetadata(limit);
    }

    private static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress is { } address
        ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
        : "";

    private sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
