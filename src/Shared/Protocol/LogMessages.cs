using MlxVideo.Shared.Batches;
using ProtoBuf;

namespace MlxVideo.Shared.Protocol;

/// <summary>Reports log lines of an attempt, before any later report about it. Not resent: lines may be lost with a connection.</summary>
/// <param name="First">Number of the first line in the attempt's log, from 1; the others follow it without a gap.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AttemptLog(
    [property: ProtoMember(1)] AttemptAddress Attempt,
    [property: ProtoMember(2)] int First,
    IReadOnlyList<LogLine> Lines) : IFarmMessage
{
    /// <summary>The lines.</summary>
    [ProtoMember(3, IsRequired = true)]
    public IReadOnlyList<LogLine> Lines { get; private set; } = Lines;

    // protobuf does not serialize empty lists: they are deserialized as null.
    [ProtoAfterDeserialization]
    private void FillIn() => Lines ??= [];
}

/// <summary>A line of an attempt's log.</summary>
/// <param name="AtMs">The worker's clock when the line was written, in milliseconds since 1970.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record LogLine(
    [property: ProtoMember(1)] long AtMs,
    [property: ProtoMember(2)] string Text)
{
    /// <summary>Maximum length of a line in characters; longer ones are cut.</summary>
    public const int MaxLength = 1000;
}
