using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MlxVideo.Shared.Security;

/// <summary>The subject of a farm's certificate: <c>OU=worker, CN=ID</c>.</summary>
/// <param name="Id">The worker's id; the farm's name for the coordinator.</param>
public sealed record FarmMember(FarmRole Role, string Id)
{
    /// <summary>Maximum length of an id: X.509's limit for common names.</summary>
    public const int MaxIdLength = 64;

    private const string CommonName = "2.5.4.3";
    private const string OrganizationalUnit = "2.5.4.11";

    /// <summary>True for ids that a certificate can carry: ASCII letters, digits, hyphens, dots and underscores.</summary>
    public static bool IsId(string? id) =>
        id is { Length: > 0 and <= MaxIdLength } && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '_');

    /// <summary>Reads the subject of a certificate; null when the farm does not issue such certificates.</summary>
    public static FarmMember? Of(X509Certificate2 certificate)
    {
        try
        {
            string? id = null, unit = null;
            foreach (var name in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
            {
                var type = name.GetSingleElementType().Value;
                if (type == CommonName && id is null)
                    id = name.GetSingleElementValue();
                else if (type == OrganizationalUnit && unit is null)
                    unit = name.GetSingleElementValue();
                else
                    return null;
            }

            return IsId(id) && RoleOf(unit) is { } role ? new FarmMember(role, id!) : null;
        }
        catch (Exception ex) when (ex is CryptographicException or InvalidOperationException or AsnContentException)
        {
            return null;
        }
    }

    /// <summary>Returns the distinguished name.</summary>
    internal X500DistinguishedName ToName()
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddOrganizationalUnitName(Role.ToString().ToLowerInvariant());
        name.AddCommonName(IsId(Id) ? Id : throw new ArgumentException($"'{Id}' can't be the subject of a certificate."));
        return name.Build();
    }

    private static FarmRole? RoleOf(string? unit) => unit switch
    {
        "coordinator" => FarmRole.Coordinator,
        "worker" => FarmRole.Worker,
        _ => null,
    };
}
