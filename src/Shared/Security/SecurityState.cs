namespace MlxVideo.Shared.Security;

/// <summary>The coordinator's record of who may use the farm. It contains no secrets, only their digests.</summary>
/// <param name="Operators">Operators with access to the API.</param>
/// <param name="JoinTokens">Join tokens until they expire.</param>
/// <param name="Certificates">Workers' certificates until they expire.</param>
public sealed record SecurityState(
    IReadOnlyList<OperatorEntry> Operators, IReadOnlyList<JoinTokenEntry> JoinTokens, IReadOnlyList<CertificateEntry> Certificates);

/// <summary>An operator.</summary>
/// <param name="SecretHash">Digest of the operator's token.</param>
public sealed record OperatorEntry(string Name, string SecretHash, DateTimeOffset CreatedAt);

/// <summary>A join token.</summary>
/// <param name="SecretHash">Digest of the token's secret.</param>
/// <param name="UsedBy">Digest of the key that was enrolled with it; null while unused.</param>
public sealed record JoinTokenEntry(string SecretHash, DateTimeOffset ExpiresAt, string? UsedBy = null);

/// <summary>A worker's certificate.</summary>
/// <param name="Serial">Serial number as hexadecimal text.</param>
/// <param name="WorkerId">Id of the worker.</param>
/// <param name="WorkerName">Display name of the worker when it enrolled.</param>
/// <param name="RevokedAt">Time of the revocation; null while valid.</param>
public sealed record CertificateEntry(
    string Serial, string WorkerId, string WorkerName, string Key, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt = null);
