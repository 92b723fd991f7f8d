using ProtoBuf;

namespace MlxVideo.Shared.Batches;

/// <summary>Names one worker's help with an attempt of another: it computes evaluations of the attempt's guided steps.</summary>
/// <param name="Attempt">The attempt that is helped.</param>
/// <param name="Number">1 for the first help that its stage gets.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record OffloadAddress(
    [property: ProtoMember(1)] AttemptAddress Attempt,
    [property: ProtoMember(2)] int Number)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Attempt}+{Number}";
}
