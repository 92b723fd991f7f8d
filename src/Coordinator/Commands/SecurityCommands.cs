using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.History;
using MlxVideo.Coordinator.Security;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Commands.Requests;
using MlxVideo.Shared.Security;

namespace MlxVideo.Coordinator.Commands;

/// <summary>Carries out the commands about certificates and tokens.</summary>
/// <param name="tls">Certificates; null for a farm without.</param>
internal sealed class SecurityCommands(
    IClusterMembership members, ClusterAddress cluster, ApiAddress api, FarmHistory history, ILogger<AccessRecord> log,
    CoordinatorTls? tls = null)
{
    private AccessRecord Access => tls?.Access ?? throw new FarmRequestException(
        FarmRequestError.Conflict,
        "This farm has no certificates, because it runs on loopback or with --trusted-network: workers join it without a token.");

    /// <summary>Creates a join token.</summary>
    /// <exception cref="FarmRequestException">The farm has no certificates, or the time is invalid.</exception>
    public JoinTokenCreated CreateToken(CreateToken request)
    {
        var lifetime = TokenLifetime.Parse(request.Expires) ?? throw new FarmRequestException(
            FarmRequestError.Invalid, $"expires: '{request.Expires}' is not a time from 1m to 7d: use one such as 30m, 1h or 2d.");
        var (token, expiresAt) = Guard(() => Access.CreateJoinToken(lifetime, api.Value!.Port));
        return new JoinTokenCreated(token.ToString(), expiresAt, cluster.ToString());
    }

    /// <summary>Revokes the certificates of a worker, which thereby leaves the farm.</summary>
    /// <exception cref="FarmRequestException">The farm has no certificates, or no such worker.</exception>
    public WorkerRevoked Revoke(RevokeWorker request)
    {
        var revoked = Guard(() => Access.Revoke(request.Worker));
        (members as AdmittedWorkers)?.Remove(revoked.WorkerId);
        history.Add(HistoryEvents.Revoked(revoked.Name));
        log.WorkerRevoked(revoked.Name, revoked.WorkerId);
        return revoked;
    }

    private static T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (AccessRefusedException ex)
        {
            var error = ex.Status == StatusCodes.Status404NotFound ? FarmRequestError.NotFound : FarmRequestError.Conflict;
            throw new FarmRequestException(error, ex.Message, ex);
        }
    }
}
