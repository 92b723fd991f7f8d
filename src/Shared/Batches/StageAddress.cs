using ProtoBuf;

namespace MlxVideo.Shared.Batches;

/// <summary>Identifies a stage of a clip in a batch.</summary>
/// <param name="Batch">Id of the batch.</param>
/// <param name="Row">Row of the clip.</param>
/// <param name="StageId">Id of the stage in the clip's plan.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record StageAddress(
    [property: ProtoMember(1)] string Batch,
    [property: ProtoMember(2)] int Row,
    [property: ProtoMember(3)] string StageId)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Batch}/{Row}/{StageId}";
}
