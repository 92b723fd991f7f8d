using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Json;

namespace MlxVideo.Shared.Security;

/// <summary>
/// The folder <c>security</c> in a coordinator's data folder: the certificate authority, and the record of who may use the farm.
/// docs/security.md lists its files.
/// </summary>
public sealed class SecurityFolder
{
    /// <summary>Name of the folder in a data folder of either daemon.</summary>
    public const string Name = "security";

    private static readonly JsonSerializerOptions Json = new(FarmJson.Options) { WriteIndented = true };

    private readonly string _path;

    private SecurityFolder(string dataFolder) => _path = Path.Combine(dataFolder, Name);

    private string AuthorityFile => Path.Combine(_path, "ca.crt");

    private string KeyFile => Path.Combine(_path, "ca.key");

    private string StateFile => Path.Combine(_path, "state.json");

    /// <summary>Returns the folder of a farm; null when the data folder has none.</summary>
    public static SecurityFolder? Find(string dataFolder)
    {
        var folder = new SecurityFolder(dataFolder);
        return File.Exists(folder.KeyFile) ? folder : null;
    }

    /// <summary>Creates the authority of a new farm and its first operator.</summary>
    /// <param name="operatorName">Name of the operator.</param>
    /// <returns>The operator's token, which is not stored.</returns>
    /// <exception cref="FarmExistsException">The data folder already belongs to a farm.</exception>
    public static FarmToken Create(string dataFolder, string operatorName, TimeProvider time)
    {
        var folder = new SecurityFolder(dataFolder);
        if (File.Exists(folder.KeyFile))
            throw new FarmExistsException(folder._path);
        using var authority = FarmAuthority.Create(time);
        var token = FarmToken.ForOperator(Fingerprint.Of(authority.Certificate));
        PrivateFile.CreateFolder(folder._path);
        folder.Write(new SecurityState([new OperatorEntry(operatorName, token.SecretHash, time.GetUtcNow())], [], []));
        PrivateFile.Write(folder.AuthorityFile, Encoding.ASCII.GetBytes(authority.Certificate.ExportCertificatePem()));
        // Last, because its presence marks a complete folder.
        PrivateFile.Write(folder.KeyFile, Encoding.ASCII.GetBytes(authority.KeyPem));
        return token;
    }

    /// <summary>Reads the authority.</summary>
    /// <exception cref="IOException">The files are damaged, or other users can access them.</exception>
    public FarmAuthority ReadAuthority()
    {
        try
        {
            return FarmAuthority.FromPem(
                Encoding.ASCII.GetString(PrivateFile.Read(AuthorityFile)), Encoding.ASCII.GetString(PrivateFile.Read(KeyFile)));
        }
        catch (Exception ex) when (ex is CryptographicException or ArgumentException)
        {
            throw new IOException(
                $"The farm's certificate authority in {_path} is damaged ({ex.Message}): restore the folder from a backup.", ex);
        }
    }

    /// <summary>Reads the record of who may use the farm.</summary>
    /// <exception cref="IOException">The file is damaged, or other users can access it.</exception>
    public SecurityState ReadState()
    {
        try
        {
            return JsonSerializer.Deserialize<SecurityState>(PrivateFile.Read(StateFile), Json)
                ?? throw new JsonException("it is empty");
        }
        catch (JsonException ex)
        {
            throw new IOException($"{StateFile} is damaged ({ex.Message}): restore it from a backup.", ex);
        }
    }

    /// <summary>Replaces the record. Only the coordinator writes it while it runs.</summary>
    public void Write(SecurityState state) => PrivateFile.Write(StateFile, JsonSerializer.SerializeToUtf8Bytes(state, Json));
}

/// <summary>Thrown when a data folder already belongs to a farm.</summary>
public sealed class FarmExistsException(string folder) : IOException(
    $"{folder} already holds a farm's certificates. Deleting it would disconnect all workers and operators; choose another folder with "
        + "--data for a second farm."), IBadInput;
