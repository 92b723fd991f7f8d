using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MlxVideo.Shared.Security;

/// <summary>
/// A worker's certificate in the folder <c>security</c> of its data folder. Renewing it replaces the current identity: connections opened
/// afterwards use the new one. Safe for concurrent use.
/// </summary>
public sealed class WorkerCredentials
{
    private readonly string _folder;
    private volatile FarmIdentity _current;
    private volatile FrozenSet<string> _revoked = FrozenSet<string>.Empty;

    private WorkerCredentials(string folder, FarmIdentity identity, int apiPort) =>
        (_folder, _current, ApiPort) = (folder, identity, apiPort);

    /// <summary>The latest identity.</summary>
    public FarmIdentity Current => _current;

    /// <summary>Returns the rules for other nodes, which follow later revocations.</summary>
    public PeerRules RulesForPeers(TimeProvider time) =>
        new(_current.Authority, certificate => _revoked.Contains(certificate.SerialNumber), time);

    /// <summary>Replaces the list of revoked certificates with that of the coordinator.</summary>
    /// <param name="serials">Serial numbers.</param>
    public void SetRevoked(IReadOnlyCollection<string> serials)
    {
        if (!_revoked.SetEquals(serials))
            _revoked = serials.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>TCP port of the coordinator's HTTPS API.</summary>
    public int ApiPort { get; }

    /// <summary>Reads the credentials of a data folder; null when there are none.</summary>
    /// <exception cref="IOException">The files are damaged, or other users can access them.</exception>
    public static WorkerCredentials? Find(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, SecurityFolder.Name);
        if (!File.Exists(IdentityFile(folder)))
            return null;
        try
        {
            var identity = FarmIdentity.FromPem(
                Encoding.ASCII.GetString(PrivateFile.Read(IdentityFile(folder))),
                Encoding.ASCII.GetString(PrivateFile.Read(AuthorityFile(folder))));
            var port = int.Parse(Encoding.ASCII.GetString(PrivateFile.Read(PortFile(folder))), CultureInfo.InvariantCulture);
            return new WorkerCredentials(folder, identity, port);
        }
        catch (Exception ex) when (ex is CryptographicException or FormatException or OverflowException)
        {
            throw new IOException(
                $"The certificate in {folder} is damaged ({ex.Message}): delete that folder and join again with a new token.", ex);
        }
    }

    /// <summary>
    /// Returns the key to enrol with. It is stored beforehand: an enrolment with a lost response can then be repeated with the same token.
    /// </summary>
    public static ECDsa PendingKey(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, SecurityFolder.Name);
        PrivateFile.CreateFolder(folder);
        var file = PendingFile(folder);
        var key = FarmAuthority.NewKey();
        if (!File.Exists(file))
        {
            PrivateFile.Write(file, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
            return key;
        }

        try
        {
            key.ImportFromPem(Encoding.ASCII.GetString(PrivateFile.Read(file)));
            return key;
        }
        catch (Exception ex) when (ex is CryptographicException or ArgumentException)
        {
            throw new IOException($"{file} is damaged ({ex.Message}): delete it and start the worker again.", ex);
        }
    }

    /// <summary>Stores the certificate of an enrolment.</summary>
    public static WorkerCredentials Save(
        string dataFolder, X509Certificate2 certificate, ECDsa key, X509Certificate2 authority, int apiPort)
    {
        var folder = Path.Combine(dataFolder, SecurityFolder.Name);
        var identity = FarmIdentity.Of(certificate, key, authority);
        PrivateFile.CreateFolder(folder);
        PrivateFile.Write(AuthorityFile(folder), Encoding.ASCII.GetBytes(authority.ExportCertificatePem()));
        PrivateFile.Write(PortFile(folder), Encoding.ASCII.GetBytes(apiPort.ToString(CultureInfo.InvariantCulture)));
        PrivateFile.Write(IdentityFile(folder), Encoding.ASCII.GetBytes(FarmIdentity.ToPem(certificate, key)));
        File.Delete(PendingFile(folder));
        return new WorkerCredentials(folder, identity, apiPort);
    }

    /// <summary>Stores a renewed certificate, which becomes the current one.</summary>
    public void Renew(X509Certificate2 certificate, ECDsa key)
    {
        var identity = FarmIdentity.Of(certificate, key, _current.Authority);
        PrivateFile.Write(IdentityFile(_folder), Encoding.ASCII.GetBytes(FarmIdentity.ToPem(certificate, key)));
        _current = identity;
    }

    private static string IdentityFile(string folder) => Path.Combine(folder, "worker.pem");

    private static string AuthorityFile(string folder) => Path.Combine(folder, "ca.crt");

    private static string PortFile(string folder) => Path.Combine(folder, "api-port");

    private static string PendingFile(string folder) => Path.Combine(folder, "pending.key");
}
