using ProtoBuf;

namespace MlxVideo.Shared.Batches;

/// <summary>Names one task of one clip of one batch.</summary>
/// <param name="Batch">The batch's id.</param>
/// <param name="Row">The clip's row in the batch.</param>
/// <param name="Stage">The task's id in the clip's plan.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record TaskAddress(
    [property: ProtoMember(1)] string Batch,
    [property: ProtoMember(2)] int Row,
    [property: ProtoMember(3)] string Stage)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Batch}/{Row}/{Stage}";
}
