using ProtoBuf;

namespace MlxVideo.Shared.Batches;

/// <summary>Names one stage of one clip of one batch.</summary>
/// <param name="Batch">The batch's id.</param>
/// <param name="Row">The clip's row in the batch.</param>
/// <param name="StageId">The stage's id in the clip's plan.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record StageAddress(
    [property: ProtoMember(1)] string Batch,
    [property: ProtoMember(2)] int Row,
    [property: ProtoMember(3)] string StageId)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Batch}/{Row}/{StageId}";
}
