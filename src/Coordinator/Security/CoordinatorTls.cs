using System.Net;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Security;
using MlxVideo.Shared.Security;

namespace MlxVideo.Coordinator.Security;

/// <summary>A coordinator's certificates and the record of who may use the farm.</summary>
public sealed class CoordinatorTls : IDisposable
{
    /// <summary>macOS trusts no server's certificate that is valid for longer than 825 days. Each start issues a new one.</summary>
    private static readonly TimeSpan Validity = TimeSpan.FromDays(800);

    private readonly FarmAuthority _authority;

    private CoordinatorTls(
        FarmAuthority authority, FarmIdentity identity, AccessRecord access, TimeProvider time)
    {
        (_authority, Identity, Access) = (authority, identity, access);
        Rules = new PeerRules(authority.Certificate, access.IsRevoked, time);
    }

    /// <summary>
    /// The coordinator's certificate. It is issued at each start with a new key that is never stored; the authority's key, which is, could
    /// issue it again anyway.
    /// </summary>
    public FarmIdentity Identity { get; }

    /// <summary>The rules for the certificates of workers.</summary>
    public PeerRules Rules { get; }

    /// <summary>The record of who may use the farm.</summary>
    public AccessRecord Access { get; }

    /// <summary>Reads the certificates of a data folder.</summary>
    /// <param name="lifetime">Lifetime of workers' certificates.</param>
    /// <exception cref="InvalidConfigurationException">The data folder has none.</exception>
    public static CoordinatorTls Open(string dataFolder, IPAddress listen, TimeSpan lifetime, TimeProvider time)
    {
        var folder = SecurityFolder.Find(dataFolder) ?? throw new InvalidConfigurationException(
            $"--listen {listen} needs the certificates of a farm, and {dataFolder} has none: run './mlx-video farm init --data "
            + $"{dataFolder}' once (docs/security.md), or stay on 127.0.0.1.");
        var authority = folder.ReadAuthority();
        using var key = FarmAuthority.NewKey();
        using var certificate = authority.Issue(
            FarmAuthority.KeyOf(FarmAuthority.RequestFor(key)), new FarmMember(FarmRole.Coordinator, "coordinator"),
            [listen.ToString(), Environment.MachineName, $"{Environment.MachineName}.local", "localhost"],
            Validity, time);
        return new CoordinatorTls(
            authority, FarmIdentity.Of(certificate, key, authority.Certificate),
            new AccessRecord(folder, authority, lifetime, time), time);
    }

    /// <summary>Returns the settings of the coordinator's cluster node.</summary>
    /// <param name="refusals">Receives refused nodes.</param>
    public NodeTls ForNode(RefusalLog refusals) => new(Identity.Certificate, Rules, refusals);

    /// <inheritdoc/>
    public void Dispose() => _authority.Dispose();
}
