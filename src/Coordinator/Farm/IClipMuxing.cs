using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Farm;

/// <summary>Makes mp4 files of decoded tiles that lie in the coordinator's blob store.</summary>
public interface IClipMuxing
{
    /// <summary>True when the store holds the blob.</summary>
    bool IsStored(BlobRef blob);

    /// <summary>Removes a blob that no clip needs any more.</summary>
    void Discard(BlobRef blob);

    /// <summary>Why nothing can be stored just now: one sentence; null while all is well.</summary>
    string? StorageProblem { get; }

    /// <summary>Looks whether <see cref="StorageProblem"/> is over.</summary>
    void RecheckStorage();

    /// <summary>Runs a mux stage, off the caller's thread; the mp4 is in the store afterwards.</summary>
    /// <exception cref="ClipMuxingException">It failed.</exception>
    Task<MuxedClip> Mux(MuxStage stage, IReadOnlyDictionary<string, BlobRef> artefacts, CancellationToken cancellationToken);
}

/// <summary>A clip that could not be made.</summary>
public sealed class ClipMuxingException(FailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Who is charged with it.</summary>
    public FailureKind Kind { get; } = kind;
}

/// <summary>A finished clip.</summary>
/// <param name="Blob">The mp4 under the stage's output name.</param>
/// <param name="Framemd5">MD5 of its framemd5 listing.</param>
public sealed record MuxedClip(NamedBlob Blob, string Framemd5);
