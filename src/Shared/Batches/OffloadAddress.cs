using ProtoBuf;

namespace MlxVideo.Shared.Batches;

/// <summary>Identifies an offload: a helper that computes evaluations of another worker's guided steps.</summary>
/// <param name="Attempt">Attempt with the offloaded evaluations.</param>
/// <param name="Number">1 for the stage's first offload.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record OffloadAddress(
    [property: ProtoMember(1)] AttemptAddress Attempt,
    [property: ProtoMember(2)] int Number)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Attempt}+{Number}";
}
