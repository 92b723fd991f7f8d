using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Security;

namespace MlxVideo.Coordinator.Security;

/// <summary>
/// Who may use the farm: issues and revokes workers' certificates, and knows join tokens and operators. Every change is on disk before it
/// takes effect. Safe for concurrent use.
/// </summary>
public sealed class AccessRecord
{
    private const int MaxOpenTokens = 1000;
    private const int MaxCertificatesPerWorker = 20;
    private const int MaxNameLength = 100;

    /// <summary>Used and expired tokens are remembered for this time, to explain a refusal.</summary>
    private static readonly TimeSpan TokenMemory = TimeSpan.FromDays(30);

    private readonly SecurityFolder _folder;
    private readonly FarmAuthority _authority;
    private readonly byte[] _fingerprint;
    private readonly TimeSpan _lifetime;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private volatile SecurityState _state;
    private volatile FrozenSet<string> _revoked;

    /// <param name="lifetime">Lifetime of workers' certificates.</param>
    public AccessRecord(SecurityFolder folder, FarmAuthority authority, TimeSpan lifetime, TimeProvider time)
    {
        (_folder, _authority, _lifetime, _time) = (folder, authority, lifetime, time);
        _fingerprint = Fingerprint.Of(authority.Certificate);
        _state = folder.ReadState();
        _revoked = RevokedIn(_state);
    }

    /// <summary>The newest certificate of each worker that was not revoked; an expired one is known for about a day.</summary>
    public IReadOnlyList<CertificateEntry> WorkerCertificates => _state.Certificates.Where(each => each.RevokedAt is null)
        .GroupBy(each => each.WorkerId).Select(worker => worker.MaxBy(each => each.ExpiresAt)!).ToList();

    /// <summary>Lifetime of workers' certificates.</summary>
    public TimeSpan CertificateLifetime => _lifetime;

    /// <summary>Serial numbers of the revoked certificates; those of expired ones are kept for about a day.</summary>
    public IReadOnlyCollection<string> RevokedSerials => _revoked;

    /// <summary>True for a revoked certificate.</summary>
    public bool IsRevoked(X509Certificate2 certificate) => _revoked.Contains(certificate.SerialNumber);

    /// <summary>Returns the name of the operator with a token; null for an invalid token.</summary>
    public string? FindOperator(string text)
    {
        try
        {
            var token = FarmToken.ParseOperator(text);
            if (!token.IsOf(_fingerprint))
                return null;
            var hash = Encoding.ASCII.GetBytes(token.SecretHash);
            return _state.Operators.FirstOrDefault(
                each => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(each.SecretHash), hash))?.Name;
        }
        catch (FarmTokenException)
        {
            return null;
        }
    }

    /// <summary>Creates a join token.</summary>
    /// <param name="apiPort">TCP port of the HTTPS API.</param>
    /// <exception cref="AccessRefusedException">There are too many unused tokens.</exception>
    public (FarmToken Token, DateTimeOffset ExpiresAt) CreateJoinToken(TimeSpan lifetime, int apiPort)
    {
        var token = FarmToken.ForJoining(_fingerprint, apiPort);
        var expiresAt = _time.GetUtcNow() + lifetime;
        Change(state => state.JoinTokens.Count(each => each.UsedBy is null && each.ExpiresAt > _time.GetUtcNow()) >= MaxOpenTokens
            ? throw new AccessRefusedException(
                StatusCodes.Status409Conflict, $"{MaxOpenTokens} join tokens are unused: use them, or wait until they expire.")
            : state with { JoinTokens = [.. state.JoinTokens, new JoinTokenEntry(token.SecretHash, expiresAt)] });
        return (token, expiresAt);
    }

    /// <summary>Enrols a worker and uses up its join token. Repeating the request with the same key is possible.</summary>
    /// <param name="address">IP address of the worker.</param>
    /// <exception cref="AccessRefusedException">The token or the request is not valid.</exception>
    public X509Certificate2 Enrol(JoinRequest request, string address)
    {
        if (!FarmMember.IsId(request.WorkerId))
            throw new AccessRefusedException(StatusCodes.Status400BadRequest, "worker_id is not the id of a worker.");
        if (request.Name.Length is 0 or > MaxNameLength || request.Name.Any(char.IsControl))
            throw new AccessRefusedException(
                StatusCodes.Status400BadRequest, $"name must have 1 to {MaxNameLength} printable characters.");
        var key = ReadKey(request.SigningRequest);
        var keyHash = Fingerprint.OfKey(key);
        var token = ReadToken(request.Token);
        X509Certificate2? issued = null;
        Change(state =>
        {
            var now = _time.GetUtcNow();
            var entry = state.JoinTokens.FirstOrDefault(each => each.SecretHash == token.SecretHash)
                ?? throw Refused("This join token is not one of this farm's tokens");
            if (entry.UsedBy is not null && entry.UsedBy != keyHash)
                throw Refused("This join token was already used; each enrols one worker");
            if (entry.ExpiresAt <= now)
                throw Refused("This join token has expired");
            if (state.Certificates.FirstOrDefault(each => each.WorkerId == request.WorkerId && IsLive(each, now) && each.Key != keyHash)
                is { } other)
                throw new AccessRefusedException(
                    StatusCodes.Status409Conflict,
                    $"The worker '{other.WorkerName}' with the same worker id has a valid certificate: if this is the same machine, run "
                    + $"'./mlx-video farm revoke {other.WorkerId}' and try again; if its data folder was copied, delete the file worker-id "
                    + "in this worker's data folder.");
            issued = Issue(key, request.WorkerId, address);
            return state with
            {
                JoinTokens = [.. state.JoinTokens.Where(each => each != entry), entry with { UsedBy = keyHash }],
                Certificates = [.. state.Certificates, EntryOf(issued, request.WorkerId, request.Name, keyHash)],
            };
        });
        return issued!;
    }

    /// <summary>Renews a worker's certificate.</summary>
    /// <param name="current">The worker's valid certificate.</param>
    /// <param name="signingRequest">A request with the new key.</param>
    /// <param name="address">IP address of the worker.</param>
    /// <exception cref="AccessRefusedException">The request is not valid.</exception>
    public X509Certificate2 Renew(X509Certificate2 current, byte[] signingRequest, string address)
    {
        var workerId = FarmMember.Of(current)!.Id;
        var key = ReadKey(signingRequest);
        X509Certificate2? issued = null;
        Change(state =>
        {
            var now = _time.GetUtcNow();
            // Checked again because a revocation may have come first.
            if (IsRevoked(current))
                throw new AccessRefusedException(StatusCodes.Status403Forbidden, "The certificate of this worker was revoked.");
            if (state.Certificates.Count(each => each.WorkerId == workerId && IsLive(each, now)) >= MaxCertificatesPerWorker)
                throw new AccessRefusedException(
                    StatusCodes.Status429TooManyRequests, $"This worker already has {MaxCertificatesPerWorker} certificates.");
            var name = state.Certificates.LastOrDefault(each => each.WorkerId == workerId)?.WorkerName ?? workerId;
            issued = Issue(key, workerId, address);
            return state with { Certificates = [.. state.Certificates, EntryOf(issued, workerId, name, Fingerprint.OfKey(key))] };
        });
        return issued!;
    }

    /// <summary>Revokes all certificates of a worker. It can join again with a new token.</summary>
    /// <param name="worker">Name or id.</param>
    /// <exception cref="AccessRefusedException">No worker, or more than one, has this name.</exception>
    public WorkerRevoked Revoke(string worker)
    {
        WorkerRevoked? result = null;
        Change(state =>
        {
            var now = _time.GetUtcNow();
            var matches = state.Certificates.Where(each => IsLive(each, now) && each.WorkerId == worker).ToList();
            if (matches.Count == 0)
                matches = state.Certificates.Where(each => IsLive(each, now) && each.WorkerName == worker).ToList();
            var ids = matches.Select(each => each.WorkerId).Distinct().ToList();
            result = ids switch
            {
                [] => throw new AccessRefusedException(
                    StatusCodes.Status404NotFound,
                    $"No worker with a valid certificate has the name or id '{worker}'."
                    + $"{Known(state.Certificates.Where(each => IsLive(each, now)))}"),
                [var id] => new WorkerRevoked(id, matches[^1].WorkerName, matches.Count),
                _ => throw new AccessRefusedException(
                    StatusCodes.Status409Conflict,
                    $"Several workers are called '{worker}': use one of their ids, {string.Join(", ", ids)}."),
            };
            return state with
            {
                Certificates = state.Certificates.Select(each => matches.Contains(each) ? each with { RevokedAt = now } : each).ToList(),
            };
        });
        return result!;
    }

    private static string Known(IEnumerable<CertificateEntry> certificates)
    {
        var names = certificates.Select(each => each.WorkerName).Distinct().Order(StringComparer.Ordinal).ToList();
        return names.Count == 0 ? "" : $" Workers: {string.Join(", ", names)}.";
    }

    private static bool IsLive(CertificateEntry entry, DateTimeOffset now) => entry.RevokedAt is null && entry.ExpiresAt > now;

    private static FrozenSet<string> RevokedIn(SecurityState state) =>
        state.Certificates.Where(each => each.RevokedAt is not null).Select(each => each.Serial)
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static PublicKey ReadKey(byte[] signingRequest)
    {
        try
        {
            return FarmAuthority.KeyOf(signingRequest);
        }
        catch (CryptographicException ex)
        {
            throw new AccessRefusedException(
                StatusCodes.Status400BadRequest, $"signing_request is not usable: {ex.Message.TrimEnd('.')}.");
        }
    }

    private static AccessRefusedException Refused(string reason) => new(
        StatusCodes.Status403Forbidden, $"{reason}: run './mlx-video farm token' on the coordinator's machine for a new one.");

    private FarmToken ReadToken(string text)
    {
        try
        {
            var token = FarmToken.ParseJoin(text);
            return token.IsOf(_fingerprint) ? token : throw Refused("This join token belongs to another farm");
        }
        catch (FarmTokenException ex)
        {
            throw new AccessRefusedException(StatusCodes.Status403Forbidden, ex.Message);
        }
    }

    private X509Certificate2 Issue(PublicKey key, string workerId, string address) =>
        _authority.Issue(key, new FarmMember(FarmRole.Worker, workerId), [address], _lifetime, _time);

    private static CertificateEntry EntryOf(X509Certificate2 certificate, string workerId, string name, string key) =>
        new(certificate.SerialNumber, workerId, name, key, new DateTimeOffset(certificate.NotAfter).ToUniversalTime());

    private void Change(Func<SecurityState, SecurityState> change)
    {
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            var state = change(_state);
            state = state with
            {
                JoinTokens = state.JoinTokens.Where(each => each.ExpiresAt + TokenMemory > now).ToList(),
                // An expired certificate needs no revocation; a day covers clocks that differ.
                Certificates = state.Certificates.Where(each => each.ExpiresAt + TimeSpan.FromDays(1) > now).ToList(),
            };
            _folder.Write(state);
            (_state, _revoked) = (state, RevokedIn(state));
        }
    }
}

/// <summary>A request that the farm refuses. The message is a sentence for its sender.</summary>
/// <param name="status">HTTP status of the response.</param>
public sealed class AccessRefusedException(int status, string message) : Exception(message)
{
    /// <summary>HTTP status of the response.</summary>
    public int Status { get; } = status;
}
