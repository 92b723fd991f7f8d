namespace MlxVideo.Shared.Api;

/// <summary>Paths of the coordinator's HTTPS endpoints for certificates.</summary>
public static class SecurityPaths
{
    /// <summary><c>GET</c>: the farm's certificate authority as PEM text; public.</summary>
    public const string Authority = "/join/ca";

    /// <summary><c>POST</c> <see cref="JoinRequest"/>: enrols a worker; requires a join token.</summary>
    public const string Join = "/join";

    /// <summary>
    /// <c>GET</c>: whether the worker's certificate is accepted; <c>POST</c> <see cref="RenewRequest"/>: renews it. Both require it.
    /// </summary>
    public const string Certificate = "/certificate";
}

/// <summary>Enrols a worker.</summary>
/// <param name="Token">The join token.</param>
/// <param name="WorkerId">Id of the worker.</param>
/// <param name="Name">Display name of the worker.</param>
/// <param name="SigningRequest">PKCS#10 request in DER form.</param>
public sealed record JoinRequest(string Token, string WorkerId, string Name, byte[] SigningRequest);

/// <summary>Renews a worker's certificate.</summary>
/// <param name="SigningRequest">PKCS#10 request in DER form, with a new key.</param>
public sealed record RenewRequest(byte[] SigningRequest);

/// <summary>A worker's certificate.</summary>
/// <param name="Certificate">The certificate in DER form.</param>
public sealed record IssuedCertificate(byte[] Certificate);

/// <summary>A join token, which enrols one worker.</summary>
/// <param name="Join">The coordinator's cluster address, HOST:PORT.</param>
public sealed record JoinTokenCreated(string Token, DateTimeOffset ExpiresAt, string Join);

/// <summary>The response to a revocation.</summary>
/// <param name="WorkerId">Id of the worker.</param>
/// <param name="Name">Display name of the worker.</param>
/// <param name="Certificates">Number of revoked certificates.</param>
public sealed record WorkerRevoked(string WorkerId, string Name, int Certificates);
