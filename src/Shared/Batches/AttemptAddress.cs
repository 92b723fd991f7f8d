using ProtoBuf;

namespace MlxVideo.Shared.Batches;

/// <summary>Names one try at a stage. Reports that carry another attempt than the stage's current one are refused.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Number">1 for the first try.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AttemptAddress(
    [property: ProtoMember(1)] StageAddress Stage,
    [property: ProtoMember(2)] int Number)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Stage}#{Number}";
}
