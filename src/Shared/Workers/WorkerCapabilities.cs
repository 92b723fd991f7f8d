using MlxVideo.Shared.Stages;
using ProtoBuf;

namespace MlxVideo.Shared.Workers;

/// <summary>What a worker can do, as it measured and was told when it started.</summary>
[ProtoContract]
public sealed record WorkerCapabilities
{
    /// <summary>Bytes that weights and activations may take together: the device's working set.</summary>
    [ProtoMember(1)]
    public long MemoryBytes { get; init; }

    /// <summary>Bytes that weights may take of it; parts that were used longest ago make room for others.</summary>
    [ProtoMember(2)]
    public long WeightBytes { get; init; }

    /// <summary>10¹² operations a second of large matrix products in the compute type, measured; the first guess of all times.</summary>
    [ProtoMember(3)]
    public double TeraflopsPerSecond { get; init; }

    /// <summary>Bytes a second at which weights come from the disk, measured.</summary>
    [ProtoMember(4)]
    public double DiskBytesPerSecond { get; init; }

    /// <summary>Bytes a second between this worker and the coordinator's blob store; a guess until files were seen to go.</summary>
    [ProtoMember(5)]
    public double LinkBytesPerSecond { get; init; }

    /// <summary>The compute type, as <c>float32</c> or <c>bfloat16</c>: times in another are learned anew.</summary>
    [ProtoMember(6, IsRequired = true)]
    public string Precision { get; init; } = "";

    /// <summary>Bytes of an element in the compute type.</summary>
    [ProtoMember(7)]
    public int BytesPerElement { get; init; }

    /// <summary>The parts of the worker's model and what they take.</summary>
    [ProtoMember(8, IsRequired = true)]
    public List<ComponentSize> Components { get; init; } = [];

    /// <summary>Names under which clips may ask for this worker.</summary>
    [ProtoMember(9, IsRequired = true)]
    public List<string> Tags { get; init; } = [];

    /// <summary>When it may work; null for always.</summary>
    [ProtoMember(10)]
    public AllowedHours? Hours { get; init; }

    /// <summary>
    /// What it computes with, as <c>arm64 mps bfloat16 metal-safe 1</c>: workers share a step where it is equal, since it decides last
    /// bits.
    /// </summary>
    [ProtoMember(11, IsRequired = true)]
    public string Arithmetic { get; init; } = "";

    /// <summary>
    /// Bytes that a part needs at least: less than its size when it can be streamed; null for a part that the model lacks.
    /// </summary>
    public long? LeastBytesOf(ModelComponent component) => Components.FirstOrDefault(size => size.Component == component)?.LeastBytes;

    /// <summary>Bytes that a part takes while it is loaded: a streamed one fills what weights may take.</summary>
    public long LoadedBytesOf(ModelComponent component) => Math.Min(BytesOf(component), WeightBytes);

    /// <summary>Bytes of a part's weights; 0 for a part that the model lacks.</summary>
    public long BytesOf(ModelComponent component) => Components.FirstOrDefault(size => size.Component == component)?.Bytes ?? 0;
}

/// <summary>What a part of a model takes in a worker's memory.</summary>
/// <param name="Component">The part.</param>
/// <param name="Bytes">Bytes of its weights.</param>
/// <param name="LeastBytes">Bytes that must be free at least: its window when it is streamed.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record ComponentSize(
    [property: ProtoMember(1)] ModelComponent Component, [property: ProtoMember(2)] long Bytes, [property: ProtoMember(3)] long LeastBytes);

/// <summary>The hours of the day in which a worker may work, in its own time zone; an interval may span midnight.</summary>
/// <param name="StartMinute">Minutes after midnight at which it may begin.</param>
/// <param name="EndMinute">Minutes after midnight at which it must be free; equal to the start for always.</param>
/// <param name="UtcOffsetMinutes">Its time zone.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AllowedHours(
    [property: ProtoMember(1)] int StartMinute, [property: ProtoMember(2)] int EndMinute, [property: ProtoMember(3)] int UtcOffsetMinutes)
{
    private const int MinutesOfDay = 24 * 60;

    /// <summary>True when the worker may work at a time.</summary>
    public bool Contains(DateTimeOffset time) => Left(time) > TimeSpan.Zero;

    /// <summary>How long the worker may go on from a time; zero when it may not work then.</summary>
    public TimeSpan Left(DateTimeOffset time)
    {
        if (StartMinute == EndMinute)
            return TimeSpan.MaxValue;
        var minute = time.ToOffset(TimeSpan.FromMinutes(UtcOffsetMinutes)).TimeOfDay.TotalMinutes;
        var length = (EndMinute - StartMinute + MinutesOfDay) % MinutesOfDay;
        var since = (minute - StartMinute + MinutesOfDay) % MinutesOfDay;
        return TimeSpan.FromMinutes(Math.Max(0, length - since));
    }
}
