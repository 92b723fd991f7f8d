using ProtoBuf;

namespace MlxVideo.Shared.Batches;

/// <summary>Identifies an attempt at a stage. Reports for an attempt other than the stage's current one are rejected.</summary>
/// <param name="Number">1 for the first attempt.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AttemptAddress(
    [property: ProtoMember(1)] StageAddress Stage,
    [property: ProtoMember(2)] int Number)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Stage}#{Number}";
}
