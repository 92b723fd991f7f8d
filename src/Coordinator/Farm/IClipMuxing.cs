using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders.Stages;

namespace MlxVideo.Coordinator.Farm;

/// <summary>Makes mp4 files of decoded tiles that lie in the coordinator's blob store.</summary>
public interface IClipMuxing
{
    /// <summary>True when the store holds the blob.</summary>
    bool IsStored(BlobRef blob);

    /// <summary>Removes a blob that no clip needs any more.</summary>
    void Discard(BlobRef blob);

    /// <summary>Runs a mux task, off the caller's thread; the mp4 is in the store afterwards.</summary>
    Task<MuxedClip> Mux(MuxTask task, IReadOnlyDictionary<string, BlobRef> artefacts, CancellationToken cancellation);
}

/// <summary>A finished clip.</summary>
/// <param name="Blob">The mp4 under the task's output name.</param>
/// <param name="Framemd5">MD5 of its framemd5 listing.</param>
public sealed record MuxedClip(NamedBlob Blob, string Framemd5);
