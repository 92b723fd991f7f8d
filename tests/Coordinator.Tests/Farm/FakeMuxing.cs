using MlxVideo.Coordinator.Farm;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Manifests;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Tests.Farm;

/// <summary>Muxing without files; EndToEnd.Tests covers the real implementation.</summary>
internal sealed class FakeMuxing : IClipMuxing
{
    public Func<BlobRef, bool> Stored { get; set; } = _ => true;

    /// <summary>Result of examining the store; null for one that follows <see cref="Stored"/>.</summary>
    public Task<IReadOnlyList<string>>? Examination { get; set; }

    public List<BlobRef> Discarded { get; } = [];

    public bool IsStored(BlobRef blob) => Stored(blob);

    public Task<IReadOnlyList<string>> FindLostAsync(IReadOnlyList<NamedBlob> artefacts, CancellationToken cancellationToken) =>
        Examination ?? Task.FromResult<IReadOnlyList<string>>(
            artefacts.Where(artefact => !Stored(artefact.Blob)).Select(artefact => artefact.Name).ToList());

    public void Discard(BlobRef blob) => Discarded.Add(blob);

    public string? StorageProblem { get; set; }

    /// <summary>Failures of the next muxing calls, in order; muxing succeeds when the queue is empty.</summary>
    public Queue<Exception> Failures { get; } = new();

    public void RecheckStorage()
    {
    }

    public Task<MuxedClip> MuxAsync(
        MuxStage stage, ClipOrigin origin, IReadOnlyDictionary<string, BlobRef> artefacts, CancellationToken cancellationToken) =>
        Failures.TryDequeue(out var failure)
            ? Task.FromException<MuxedClip>(failure)
            : Task.FromResult(new MuxedClip(new NamedBlob(stage.Clip, new BlobRef(new string('c', 64), 1)), "cafe"));
}
