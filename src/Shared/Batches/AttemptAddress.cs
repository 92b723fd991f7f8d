using ProtoBuf;

namespace MlxVideo.Shared.Batches;

/// <summary>Names one try at a task. Reports that carry another attempt than the task's current one are refused.</summary>
/// <param name="Task">The task.</param>
/// <param name="Number">1 for the first try.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AttemptAddress(
    [property: ProtoMember(1)] TaskAddress Task,
    [property: ProtoMember(2)] int Number)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Task}#{Number}";
}
