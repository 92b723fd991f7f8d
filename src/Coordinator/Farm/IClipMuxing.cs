using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Manifests;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// Muxes decoded tiles from the coordinator's blob store into clips. Also tells whether blobs are stored, and discards them.
/// </summary>
public interface IClipMuxing
{
    /// <summary>Returns true when the blob is in the store.</summary>
    bool IsStored(BlobRef blob);

    /// <summary>Reads artefacts and returns the names of those that are missing or damaged; damaged ones are removed.</summary>
    Task<IReadOnlyList<string>> FindLostAsync(IReadOnlyList<NamedBlob> artefacts, CancellationToken cancellationToken);

    /// <summary>Removes a blob that is no longer needed by any clip.</summary>
    void Discard(BlobRef blob);

    /// <summary>One-sentence reason why nothing can be stored; null while storage works.</summary>
    string? StorageProblem { get; }

    /// <summary>Checks whether <see cref="StorageProblem"/> is resolved.</summary>
    void RecheckStorage();

    /// <summary>Runs a mux stage off the caller's thread and stores the clip.</summary>
    /// <param name="origin">What rendered the frames, for the clip's manifest.</param>
    /// <exception cref="ClipMuxingException">The stage failed, or its inputs are missing or damaged.</exception>
    Task<MuxedClip> MuxAsync(
        MuxStage stage, ClipOrigin origin, IReadOnlyDictionary<string, BlobRef> artefacts, CancellationToken cancellationToken);
}

/// <summary>A failure to mux a clip.</summary>
public sealed class ClipMuxingException(FailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of failure, which determines who is charged with it.</summary>
    public FailureKind Kind { get; } = kind;

    /// <summary>Names of the inputs that are missing or damaged, for <see cref="FailureKind.MissingInput"/>.</summary>
    public IReadOnlyList<string> MissingInputs { get; init; } = [];
}

/// <summary>A finished clip.</summary>
/// <param name="Blob">The encoded clip, under the stage's output name.</param>
/// <param name="Framemd5">MD5 of the clip's framemd5 listing.</param>
public sealed record MuxedClip(NamedBlob Blob, string Framemd5);
