using MlxVideo.Shared.Stages;
using ProtoBuf;

namespace MlxVideo.Shared.Workers;

/// <summary>Capabilities of a worker, measured and configured at startup.</summary>
[ProtoContract]
public sealed record WorkerCapabilities
{
    /// <summary>Bytes available to weights and activations together: the device's working set.</summary>
    [ProtoMember(1)]
    public long MemoryBytes { get; init; }

    /// <summary>Bytes of that available to weights; components are evicted in least-recently-used order.</summary>
    [ProtoMember(2)]
    public long WeightBytes { get; init; }

    /// <summary>
    /// Measured speed of large matrix products in the compute type, in 10¹² operations per second; the basis of initial time estimates.
    /// </summary>
    [ProtoMember(3)]
    public double TeraflopsPerSecond { get; init; }

    /// <summary>Measured speed at which weights are read from disk, in bytes per second.</summary>
    [ProtoMember(4)]
    public double DiskBytesPerSecond { get; init; }

    /// <summary>Bytes per second between the worker and the coordinator's blob store; an estimate until transfers are measured.</summary>
    [ProtoMember(5)]
    public double LinkBytesPerSecond { get; init; }

    /// <summary>Compute type, for example <c>float32</c> or <c>bfloat16</c>; times are learned separately for each.</summary>
    [ProtoMember(6, IsRequired = true)]
    public string Precision { get; init; } = "";

    /// <summary>Bytes per element in the compute type.</summary>
    [ProtoMember(7)]
    public int BytesPerElement { get; init; }

    /// <summary>Components of the worker's model with their sizes.</summary>
    [ProtoMember(8, IsRequired = true)]
    public List<ComponentSize> Components { get; init; } = [];

    /// <summary>Tags by which clips can request this worker.</summary>
    [ProtoMember(9, IsRequired = true)]
    public List<string> Tags { get; init; } = [];

    /// <summary>Hours during which the worker may run stages; null for always.</summary>
    [ProtoMember(10)]
    public AllowedHours? Hours { get; init; }

    /// <summary>
    /// Processor, device, compute type, kernels and threads, for example <c>arm64 mps bfloat16 metal-safe 1</c>. Two workers share a step
    /// only if this is equal, because it affects the last bits.
    /// </summary>
    [ProtoMember(11, IsRequired = true)]
    public string Arithmetic { get; init; } = "";

    /// <summary>
    /// Why the worker must not run stages, for its operator: its device failed the self-test. Null when it is fit. Unlike a temporary
    /// problem, this lasts as long as the worker's process.
    /// </summary>
    [ProtoMember(12)]
    public string? Unfit { get; init; }

    /// <summary>
    /// Returns the minimum number of bytes that a component needs, less than its size if it can be streamed; null when the model lacks it.
    /// </summary>
    public long? MinBytesOf(ModelComponent component) => Components.FirstOrDefault(size => size.Component == component)?.MinBytes;

    /// <summary>Returns the bytes that a resident component occupies; a streamed one fills all of <see cref="WeightBytes"/>.</summary>
    public long LoadedBytesOf(ModelComponent component) => Math.Min(BytesOf(component), WeightBytes);

    /// <summary>Returns the bytes of a component's weights; 0 when the model lacks it.</summary>
    public long BytesOf(ModelComponent component) => Components.FirstOrDefault(size => size.Component == component)?.Bytes ?? 0;
}

/// <summary>Memory required by a model component.</summary>
/// <param name="Bytes">Bytes of the component's weights.</param>
/// <param name="MinBytes">Minimum number of bytes; for a streamed component, those of its window.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record ComponentSize(
    [property: ProtoMember(1)] ModelComponent Component, [property: ProtoMember(2)] long Bytes, [property: ProtoMember(3)] long MinBytes);

/// <summary>Hours of the day during which a worker may run stages, in its own time zone; the interval may span midnight.</summary>
/// <param name="StartMinute">Start in minutes after midnight.</param>
/// <param name="EndMinute">End in minutes after midnight, when the machine must be free; equal to the start for always.</param>
/// <param name="UtcOffsetMinutes">The worker's time zone as an offset from UTC.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AllowedHours(
    [property: ProtoMember(1)] int StartMinute, [property: ProtoMember(2)] int EndMinute, [property: ProtoMember(3)] int UtcOffsetMinutes)
{
    private const int MinutesOfDay = 24 * 60;

    /// <summary>True when the worker may run stages at a time.</summary>
    public bool Contains(DateTimeOffset time) => Left(time) > TimeSpan.Zero;

    /// <summary>Returns the time left in the interval; zero outside of it.</summary>
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
