using System.Security.Cryptography.X509Certificates;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.Features;
using MlxVideo.Cluster.Security;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Security;

namespace MlxVideo.Coordinator.Security;

/// <summary>Decides who may use which endpoint of the coordinator.</summary>
/// <param name="tls">Certificates and the record of who may use the farm; null for a farm without.</param>
/// <param name="publicPaths">Paths that need neither a token nor a certificate.</param>
internal sealed class HttpAccess(CoordinatorTls? tls, IReadOnlyList<string> publicPaths, RefusalLog refusals) : IDisposable
{
    private const string Bearer = "Bearer ";
    private const int FailuresPerMinute = 30;
    private const int JoinsPerMinute = 20;

    private readonly PartitionedRateLimiter<string> _failures = PerMinute(FailuresPerMinute);
    private readonly PartitionedRateLimiter<string> _joins = PerMinute(JoinsPerMinute);

    /// <summary>Lets a request through, with any size for blobs.</summary>
    /// <exception cref="AccessRefusedException">The request is refused.</exception>
    public Task RunAsync(HttpContext context, RequestDelegate next)
    {
        if ((RequestRules.FindFault(context) ?? FindRefusal(context)) is { } refusal)
            throw new AccessRefusedException(refusal.Status, refusal.Reason);
        // Decoded tiles can be several gigabytes; the blob store checks uploads.
        if (IsData(context.Request.Path) && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        return next(context);
    }

    /// <summary>Logs a refusal.</summary>
    public void Record(HttpContext context, AccessRefusedException refused) => refusals.Add(
        HttpSource.Of(context.Connection.RemoteIpAddress), $"request ({refused.Status})", refused.Message.TrimEnd('.'));

    /// <inheritdoc/>
    public void Dispose()
    {
        _failures.Dispose();
        _joins.Dispose();
    }

    private static PartitionedRateLimiter<string> PerMinute(int permits) =>
        PartitionedRateLimiter.Create<string, string>(source => RateLimitPartition.GetFixedWindowLimiter(
            source, _ => new FixedWindowRateLimiterOptions { PermitLimit = permits, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 }));

    private static bool IsData(PathString path) => path.StartsWithSegments("/blobs") || path.StartsWithSegments("/offload");

    /// <summary>True for the paths that the certificate of a worker opens.</summary>
    private static bool IsForWorkers(PathString path) =>
        IsData(path) || path == ModelClient.Path || path.StartsWithSegments(SecurityPaths.Certificate);

    private (int Status, string Reason)? FindRefusal(HttpContext context)
    {
        var path = context.Request.Path;
        // The authority is public: clients compare it with the fingerprint in their token.
        if (tls is null || path == SecurityPaths.Authority || publicPaths.Any(each => path == each))
            return null;
        if (path.StartsWithSegments(SecurityPaths.Join))
            return Limit(_joins, context);
        if (FindFault(context, path) is not { } fault)
            return null;
        return Limit(_failures, context) ?? fault;
    }

    private (int Status, string Reason)? Limit(PartitionedRateLimiter<string> limiter, HttpContext context)
    {
        using var lease = limiter.AttemptAcquire(HttpSource.Of(context.Connection.RemoteIpAddress));
        return lease.IsAcquired
            ? null
            : (StatusCodes.Status429TooManyRequests, "Too many attempts from this machine; wait a minute.");
    }

    private (int Status, string Reason)? FindFault(HttpContext context, PathString path)
    {
        var certificate = context.Connection.ClientCertificate;
        if (certificate is not null && IsForWorkers(path))
            return FindCertificateFault(certificate);
        if (path.StartsWithSegments(SecurityPaths.Certificate))
            return (StatusCodes.Status401Unauthorized, "This needs the certificate of a worker.");
        if (TokenOf(context) is not { } token)
            return (StatusCodes.Status401Unauthorized, "This needs an operator's token: use --token, or the variable MLXVIDEO_FARM_TOKEN.");
        return tls!.Access.FindOperator(token) is null
            ? (StatusCodes.Status401Unauthorized, "The operator's token is not valid in this farm: use the one that 'farm init' printed.")
            : null;
    }

    private (int Status, string Reason)? FindCertificateFault(X509Certificate2 certificate) =>
        tls!.Rules.FindFault(certificate, FarmRole.Worker) is { } fault
            ? (StatusCodes.Status403Forbidden,
                $"The coordinator refused this worker: {fault}. A new token from './mlx-video farm token' lets it join again.")
            : null;

    private static string? TokenOf(HttpContext context) =>
        context.Request.Headers.Authorization is [{ } header] && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? header[Bearer.Length..].Trim()
            : null;
}
