using MlxVideo.Coordinator.Farm;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders.Stages;

namespace MlxVideo.Coordinator.Muxing;

/// <summary>Muxes from the coordinator's blob store into it.</summary>
public sealed class BlobClipMuxing(BlobStore store, FfmpegTools ffmpeg) : IClipMuxing
{
    private readonly ClipMuxer _muxer = new(ffmpeg);

    /// <inheritdoc/>
    public bool IsStored(BlobRef blob) => store.Find(blob.Digest)?.Length == blob.Length;

    /// <inheritdoc/>
    public void Discard(BlobRef blob) => store.Delete(blob.Digest);

    /// <inheritdoc/>
    public Task<MuxedClip> Mux(MuxTask task, IReadOnlyDictionary<string, BlobRef> artefacts, CancellationToken cancellation) =>
        // Opening files and starting ffmpeg take a while before anything is waited for: not on the caller's thread, which is the farm's.
        Task.Run(() => MuxHere(task, artefacts, cancellation), cancellation);

    private async Task<MuxedClip> MuxHere(MuxTask task, IReadOnlyDictionary<string, BlobRef> artefacts, CancellationToken cancellation)
    {
        var file = store.NewFile() + ".mp4"; // ffmpeg chooses the container by the name
        try
        {
            await _muxer.Mux(task, name => store.PathOf(artefacts[name].Digest), file, cancellation);
            var framemd5 = await FrameHash.Md5(ffmpeg, file, cancellation);
            return new MuxedClip(new NamedBlob(task.Clip, store.Adopt(file)), framemd5);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
