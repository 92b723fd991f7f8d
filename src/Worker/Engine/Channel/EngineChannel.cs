using System.Buffers.Binary;
using ProtoBuf;

namespace MlxVideo.Worker.Engine.Channel;

/// <summary>
/// One end of the connection between a worker and its engine process: length, type and protobuf body of each message. Files are exchanged
/// by their paths. Messages may be written by several threads, and are read by one.
/// </summary>
/// <param name="input">Stream to read from.</param>
/// <param name="output">Stream to write to.</param>
public sealed class EngineChannel(Stream input, Stream output)
{
    /// <summary>Maximum size of a message's body; the largest contain a stage with its prompt and the paths of its files.</summary>
    public const int MaxBytes = 1 << 20;

    private const int HeaderBytes = sizeof(int) + sizeof(byte);

    // The position is the type's number. Both ends have the same build, which the first three are there to ensure: these must not move.
    private static readonly Format[] Formats =
    [
        Format.Of<StartEngine>(), Format.Of<EngineStarted>(), Format.Of<EngineRefused>(), Format.Of<PrepareComponent>(),
        Format.Of<PrepareStage>(), Format.Of<RunStage>(), Format.Of<RunEvaluations>(), Format.Of<CancelCall>(), Format.Of<CallProgress>(),
        Format.Of<CallEnded>(), Format.Of<ResidentChanged>(), Format.Of<MemoryUsed>(), Format.Of<OfferEvaluations>(),
        Format.Of<WriteTokens>(), Format.Of<TokensWritten>(), Format.Of<EvaluationsOffered>(), Format.Of<ReceiveEvaluations>(),
        Format.Of<EvaluationsReceived>(), Format.Of<RejectEvaluations>(),
    ];

    private readonly Lock _writing = new();

    /// <summary>
    /// Version of the code at this end. A process that starts after a new build can have other code than the worker that starts it.
    /// </summary>
    public static string Version => string.Join(
        ' ', new[] { typeof(EngineChannel), typeof(MlxVideo.Engine.Rendering.StageRunner), typeof(Shared.Stages.Stage) }
            .Select(type => type.Module.ModuleVersionId.ToString("N")));

    /// <summary>Sends a message.</summary>
    /// <exception cref="IOException">The other end has closed the connection.</exception>
    /// <exception cref="InvalidDataException">The message exceeds the maximum size.</exception>
    public void Write(IEngineMessage message)
    {
        var number = Array.FindIndex(Formats, format => format.Type == message.GetType());
        using var buffer = new MemoryStream();
        buffer.Write(stackalloc byte[HeaderBytes]);
        Formats[number].Write(buffer, message);
        var frame = buffer.GetBuffer().AsSpan(0, (int)buffer.Length);
        if (frame.Length - HeaderBytes > MaxBytes)
            throw new InvalidDataException($"A {message.GetType().Name} of {frame.Length} bytes exceeds the limit of {MaxBytes} bytes.");
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - HeaderBytes);
        frame[HeaderBytes - 1] = (byte)number;
        lock (_writing)
        {
            output.Write(frame);
            output.Flush();
        }
    }

    /// <summary>Waits for the next message; null when the other end has closed the connection.</summary>
    /// <exception cref="IOException">The connection broke within a message.</exception>
    /// <exception cref="InvalidDataException">The connection carries something other than messages.</exception>
    public IEngineMessage? Read()
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        var read = input.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false);
        if (read == 0)
            return null;
        if (read < HeaderBytes)
            throw new EndOfStreamException("The connection to the engine process broke within a message.");
        var (length, number) = (BinaryPrimitives.ReadInt32LittleEndian(header), header[HeaderBytes - 1]);
        if (length is < 0 or > MaxBytes || number >= Formats.Length)
            throw new InvalidDataException("The connection to the engine process carries something other than messages.");
        var body = new byte[length];
        input.ReadExactly(body);
        try
        {
            return Formats[number].Read(body);
        }
        catch (Exception ex) when (ex is ProtoException or InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"The connection to the engine process carries a damaged message ({ex.Message})", ex);
        }
    }

    private sealed record Format(Type Type, Action<Stream, object> Write, Func<byte[], IEngineMessage> Read)
    {
        public static Format Of<T>()
            where T : class, IEngineMessage => new(
                typeof(T), (stream, message) => Serializer.Serialize(stream, (T)message),
                bytes => Serializer.Deserialize<T>(bytes.AsSpan()));
    }
}
