using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MlxVideo.Hub.Api;

/// <summary>Computes the hash by which the hub knows a file: SHA-256, or git's SHA-1 of a blob for small files.</summary>
internal sealed class ContentHash : IDisposable
{
    private const int Sha256Digits = 64;

    private readonly IncrementalHash _hash;

    public ContentHash(HubFile file)
    {
        _hash = IncrementalHash.CreateHash(file.Hash.Length == Sha256Digits ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        if (file.Hash.Length != Sha256Digits)
            _hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {file.Size}\0")));
    }

    public void Append(ReadOnlySpan<byte> content) => _hash.AppendData(content);

    /// <summary>Returns the hash of everything appended, in hexadecimal digits.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
