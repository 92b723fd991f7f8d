using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Cluster.Serialization;

/// <summary>
/// The only serializer for farm messages: protobuf bodies under short manifests. No .NET type name is on the wire, and none can be
/// requested. A manifest never changes its meaning; a changed message gets a new manifest.
/// </summary>
public sealed class FarmSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private static readonly IReadOnlyList<MessageFormat> Formats =
    [
        MessageFormat.Of<WorkerHello>("wh5"),
        MessageFormat.Of<WorkerResident>("re1"),
        MessageFormat.Of<WorkerLink>("wl1"),
        MessageFormat.Of<WorkerGoodbye>("wg1"),
        MessageFormat.Of<WorkerWelcome>("ww1"),
        MessageFormat.Of<WorkerRefused>("wr1"),
        MessageFormat.Of<AssignStage>("at2"),
        MessageFormat.Of<PrefetchComponent>("pp1"),
        MessageFormat.Of<CancelAttempt>("ca1"),
        MessageFormat.Of<DrainWorker>("dw1"),
        MessageFormat.Of<AttemptProgress>("ap1"),
        MessageFormat.Of<AttemptDone>("ad1"),
        MessageFormat.Of<AttemptFailed>("af2"),
        MessageFormat.Of<AttemptLog>("al1"),
        MessageFormat.Of<ReportAcknowledged>("ra1"),
        MessageFormat.Of<AssignOffload>("ah2"),
        MessageFormat.Of<OffloadReady>("hr1"),
        MessageFormat.Of<OffloadFailed>("hf1"),
        MessageFormat.Of<CancelOffload>("ch1"),
        MessageFormat.Of<HelperJoined>("hj1"),
        MessageFormat.Of<HelperLeft>("hl1"),
    ];

    private static readonly IReadOnlyDictionary<string, MessageFormat> ByManifest = Formats.ToDictionary(format => format.Manifest);
    private static readonly IReadOnlyDictionary<Type, MessageFormat> ByType = Formats.ToDictionary(format => format.Type);

    /// <summary>Maximum message size. Akka.Remote drops larger frames without telling the receiver, so the sender refuses them.</summary>
    public const int MaxBytes = 100_000;

    /// <summary>Maximum length of a manifest in an error message.</summary>
    private const int MaxManifest = 40;

    /// <inheritdoc/>
    public override int Identifier => 1001;

    /// <inheritdoc/>
    public override string Manifest(object o) => FormatOf(o).Manifest;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        using var buffer = new MemoryStream();
        FormatOf(obj).Write(buffer, obj);
        return buffer.Length <= MaxBytes
            ? buffer.ToArray()
            : throw new SerializationException(
                $"A {obj.GetType().Name} of {buffer.Length} bytes exceeds the limit of {MaxBytes} bytes for farm messages.");
    }

    /// <inheritdoc/>
    /// <exception cref="SerializationException">The message is unknown or malformed.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (!ByManifest.TryGetValue(manifest, out var format))
            throw new SerializationException(
                $"Unknown farm message '{Shorten(manifest)}': make sure that all machines run the same version.");
        if (bytes.Length > MaxBytes)
            throw new SerializationException($"A farm message of {bytes.Length} bytes exceeds the limit of {MaxBytes} bytes.");
        try
        {
            var message = format.Read(bytes);
            return MessageRules.FindFault(message) is { } fault
                ? throw new SerializationException($"The {format.Type.Name} is malformed: {fault}.")
                : message;
        }
        catch (Exception ex) when (ex is not SerializationException)
        {
            // The bytes come from the network: whatever protobuf makes of them, the transport expects this exception.
            throw new SerializationException($"The {format.Type.Name} is malformed: {ex.Message}", ex);
        }
    }

    private static string Shorten(string manifest) => manifest.Length <= MaxManifest ? manifest : manifest[..MaxManifest] + "…";

    private static MessageFormat FormatOf(object message) =>
        ByType.TryGetValue(message.GetType(), out var format)
            ? format
            : throw new SerializationException($"{message.GetType().Name} is not a farm message.");

    private sealed record MessageFormat(string Manifest, Type Type, Action<Stream, object> Write, Func<byte[], object> Read)
    {
        public static MessageFormat Of<T>(string manifest)
            where T : class, IFarmMessage =>
            new(manifest, typeof(T), (stream, message) => ProtoBuf.Serializer.Serialize(stream, (T)message), bytes =>
                ProtoBuf.Serializer.Deserialize<T>(bytes.AsSpan()));
    }
}
