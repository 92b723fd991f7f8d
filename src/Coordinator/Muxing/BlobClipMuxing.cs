using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Storage;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Muxing;

/// <summary>Muxes from the coordinator's blob store into it.</summary>
public sealed class BlobClipMuxing(BlobStore store, FfmpegTools ffmpeg, StorageCondition condition) : IClipMuxing
{
    private readonly ClipMuxer _muxer = new(ffmpeg);

    /// <inheritdoc/>
    public bool IsStored(BlobRef blob) => store.Find(blob.Digest)?.Length == blob.Length;

    /// <inheritdoc/>
    public void Discard(BlobRef blob) => store.Delete(blob.Digest);

    /// <inheritdoc/>
    public string? StorageProblem => condition.Problem;

    /// <inheritdoc/>
    public void RecheckStorage() => condition.Recheck();

    /// <inheritdoc/>
    public Task<MuxedClip> Mux(MuxStage stage, IReadOnlyDictionary<string, BlobRef> artefacts, CancellationToken cancellationToken) =>
        // Opening files and starting ffmpeg take a while before anything is waited for: not on the caller's thread, which is the farm's.
        Task.Run(() => MuxHere(stage, artefacts, cancellationToken), cancellationToken);

    private async Task<MuxedClip> MuxHere(
        MuxStage stage, IReadOnlyDictionary<string, BlobRef> artefacts, CancellationToken cancellationToken)
    {
        var file = store.NewFile() + ".mp4"; // ffmpeg chooses the container by the name
        try
        {
            await _muxer.Mux(stage, name => store.PathOf(artefacts[name].Digest), file, cancellationToken);
            var framemd5 = await FrameHash.Md5(ffmpeg, file, cancellationToken);
            var clip = store.Adopt(file);
            store.Keep(clip.Digest);
            return new MuxedClip(new NamedBlob(stage.Clip, clip), framemd5);
        }
        catch (Exception ex) when (ex is not OperationCanceledException)
        {
            throw Failure(ex);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Damaged artefacts are the clip's misfortune; whatever else goes wrong here does so on the coordinator's machine.</summary>
    private ClipMuxingException Failure(Exception ex)
    {
        if (ex is DamagedArtefactException)
            return new ClipMuxingException(FailureKind.Input, ex.Message, ex);
        if (!OutOfSpace.Is(ex) && ex is not ClipEncodingException { IsDiskFull: true })
            return new ClipMuxingException(FailureKind.Coordinator, ex.Message, ex);
        var full = StorageException.Full(store.Folder, store.FreeBytes, neededBytes: 0, ex);
        condition.Report(full);
        return new ClipMuxingException(FailureKind.Disk, full.Message, ex);
    }
}
