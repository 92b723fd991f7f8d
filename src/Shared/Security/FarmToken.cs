using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Shared.Security;

/// <summary>
/// A secret as one word to paste. It carries the fingerprint of the farm's certificate authority, so its holder can recognise the farm
/// before it sends the secret.
/// </summary>
public sealed class FarmToken
{
    /// <summary>Prefix of tokens that enrol a worker once.</summary>
    private const string JoinPrefix = "mlxjoin1-";

    /// <summary>Prefix of an operator's permanent token.</summary>
    private const string OperatorPrefix = "mlxop1-";

    private const int SecretLength = 24;
    private const int CheckLength = 4;
    private const int PayloadLength = Fingerprint.Length + sizeof(ushort) + SecretLength;

    private readonly byte[] _payload;

    private FarmToken(bool isForOperator, byte[] payload) => (IsForOperator, _payload) = (isForOperator, payload);

    /// <summary>True for an operator's token, false for a worker's join token.</summary>
    public bool IsForOperator { get; }

    /// <summary>SHA-256 of the certificate authority.</summary>
    public ReadOnlySpan<byte> Authority => _payload.AsSpan(0, Fingerprint.Length);

    /// <summary>TCP port of the coordinator's HTTPS API; 0 when unknown.</summary>
    public int ApiPort => BinaryPrimitives.ReadUInt16BigEndian(_payload.AsSpan(Fingerprint.Length));

    /// <summary>The form in which the coordinator stores the secret.</summary>
    public string SecretHash => Fingerprint.OfSecret(_payload.AsSpan(Fingerprint.Length + sizeof(ushort)));

    /// <summary>Creates an operator's token with a random secret.</summary>
    public static FarmToken ForOperator(ReadOnlySpan<byte> authority) => Create(isForOperator: true, authority, apiPort: 0);

    /// <summary>Creates a join token with a random secret.</summary>
    /// <param name="apiPort">TCP port of the coordinator's HTTPS API.</param>
    public static FarmToken ForJoining(ReadOnlySpan<byte> authority, int apiPort) => Create(isForOperator: false, authority, apiPort);

    /// <summary>Parses an operator's token.</summary>
    /// <exception cref="FarmTokenException">The text is not such a token.</exception>
    public static FarmToken ParseOperator(string text) => Parse(text, OperatorPrefix, JoinPrefix, isForOperator: true);

    /// <summary>Parses a join token.</summary>
    /// <exception cref="FarmTokenException">The text is not such a token.</exception>
    public static FarmToken ParseJoin(string text) => Parse(text, JoinPrefix, OperatorPrefix, isForOperator: false);

    /// <summary>True when this token's farm has the given certificate authority.</summary>
    public bool IsOf(ReadOnlySpan<byte> authority) => CryptographicOperations.FixedTimeEquals(authority, Authority);

    /// <inheritdoc/>
    public override string ToString() =>
        Prefix(IsForOperator) + Base64Url.EncodeToString([.. _payload, .. CheckOf(IsForOperator, _payload)]);

    private static string Prefix(bool isForOperator) => isForOperator ? OperatorPrefix : JoinPrefix;

    private static FarmToken Create(bool isForOperator, ReadOnlySpan<byte> authority, int apiPort)
    {
        var payload = new byte[PayloadLength];
        authority.CopyTo(payload);
        BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(Fingerprint.Length), checked((ushort)apiPort));
        RandomNumberGenerator.Fill(payload.AsSpan(Fingerprint.Length + sizeof(ushort)));
        return new FarmToken(isForOperator, payload);
    }

    private static FarmToken Parse(string text, string prefix, string other, bool isForOperator)
    {
        var name = isForOperator ? "operator's token" : "join token";
        var remedy = isForOperator
            ? "use the token that 'farm init' printed"
            : "run './mlx-video farm token' on the coordinator's machine for a new one";
        if (text.StartsWith(other, StringComparison.Ordinal))
            throw new FarmTokenException(
                isForOperator ? $"This is a worker's join token, not an operator's token: {remedy}."
                    : $"This is an operator's token, not a join token: {remedy}.");
        var bytes = new byte[PayloadLength + CheckLength];
        if (!text.StartsWith(prefix, StringComparison.Ordinal)
            || text.Length - prefix.Length != Base64Url.GetEncodedLength(bytes.Length)
            || Base64Url.DecodeFromChars(text.AsSpan(prefix.Length), bytes, out _, out var length) != OperationStatus.Done
            || length != bytes.Length
            || !CheckOf(isForOperator, bytes[..PayloadLength]).AsSpan().SequenceEqual(bytes.AsSpan(PayloadLength)))
            throw new FarmTokenException($"The {name} is incomplete or mistyped; it is one word that begins with '{prefix}': {remedy}.");
        return new FarmToken(isForOperator, bytes[..PayloadLength]);
    }

    /// <summary>Detects mistakes in copying; it is no protection against forgery, which the secret is.</summary>
    private static byte[] CheckOf(bool isForOperator, byte[] payload) =>
        SHA256.HashData([.. Encoding.ASCII.GetBytes(Prefix(isForOperator)), .. payload])[..CheckLength];
}

/// <summary>Thrown for a text that is not a token; the message is a sentence for the user.</summary>
public sealed class FarmTokenException(string message) : Exception(message), IBadInput;
