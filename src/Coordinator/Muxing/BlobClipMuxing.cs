using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Storage;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Manifests;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Muxing;

/// <summary>Muxes clips from artefacts in the coordinator's blob store and stores the result there.</summary>
public sealed class BlobClipMuxing(BlobStore store, FfmpegTools ffmpeg, StorageCondition condition) : IClipMuxing
{
    private readonly ClipMuxer _muxer = new(ffmpeg);

    /// <inheritdoc/>
    public bool IsStored(BlobRef blob) => store.Find(blob.Digest)?.Length == blob.Length;

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> FindLostAsync(IReadOnlyList<NamedBlob> artefacts, CancellationToken cancellationToken) =>
        FindLostAsync(artefacts, again: true, cancellationToken);

    /// <inheritdoc/>
    public void Discard(BlobRef blob) => store.Delete(blob.Digest);

    /// <inheritdoc/>
    public string? StorageProblem => condition.Problem;

    /// <inheritdoc/>
    public void RecheckStorage() => condition.Recheck();

    /// <inheritdoc/>
    public Task<MuxedClip> MuxAsync(
        MuxStage stage, ClipOrigin origin, IReadOnlyDictionary<string, BlobRef> artefacts, CancellationToken cancellationToken) =>
        // Opening files and starting ffmpeg take a while before the first await, and the caller's thread is the farm's.
        Task.Run(() => MuxHereAsync(stage, origin, artefacts, cancellationToken), cancellationToken);

    private async Task<MuxedClip> MuxHereAsync(
        MuxStage stage, ClipOrigin origin, IReadOnlyDictionary<string, BlobRef> artefacts, CancellationToken cancellationToken)
    {
        // ffmpeg derives the container from the extension.
        var file = store.NewFile() + stage.Settings.Extension;
        try
        {
            await RequireAsync(stage.Inputs, artefacts, again: false, cancellationToken);
            await _muxer.MuxAsync(stage, origin, name => store.PathOf(artefacts[name].Digest), file, cancellationToken);
            var framemd5 = await FrameHash.Md5Async(ffmpeg, file, cancellationToken);
            return new MuxedClip(new NamedBlob(stage.Clip, store.Adopt(file)), framemd5);
        }
        catch (DamagedArtefactException ex)
        {
            await RequireAsync(stage.Inputs, artefacts, again: true, cancellationToken);
            throw Failure(ex);
        }
        catch (Exception ex) when (ex is not (OperationCanceledException or ClipMuxingException))
        {
            throw Failure(ex);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <exception cref="ClipMuxingException">Inputs are missing or damaged.</exception>
    private async Task RequireAsync(
        IReadOnlyList<string> inputs, IReadOnlyDictionary<string, BlobRef> artefacts, bool again, CancellationToken cancellationToken)
    {
        var lost = await FindLostAsync(inputs.Select(name => new NamedBlob(name, artefacts[name])).ToList(), again, cancellationToken);
        if (lost.Count > 0)
            throw new ClipMuxingException(
                FailureKind.MissingInput, $"'{string.Join("', '", lost)}' can't be read from {store.Folder}")
            { MissingInputs = lost };
    }

    private async Task<IReadOnlyList<string>> FindLostAsync(
        IReadOnlyList<NamedBlob> artefacts, bool again, CancellationToken cancellationToken)
    {
        var lost = new List<string>();
        foreach (var artefact in artefacts)
        {
            if (await store.FindVerifiedAsync(artefact.Blob.Digest, cancellationToken, again) is null)
                lost.Add(artefact.Name);
        }

        return lost;
    }

    /// <summary>
    /// Charges damaged artefacts and unusable settings to the clip's input and all other failures to the coordinator's machine.
    /// </summary>
    private ClipMuxingException Failure(Exception ex)
    {
        if (ex is DamagedArtefactException or AudioFilterException)
            return new ClipMuxingException(FailureKind.Input, ex.Message, ex);
        if (!OutOfSpace.Is(ex) && ex is not ClipEncodingException { IsDiskFull: true })
            return new ClipMuxingException(FailureKind.Coordinator, ex.Message, ex);
        var full = StorageException.Full(store.Folder, store.FreeBytes, neededBytes: 0, ex);
        condition.Report(full);
        return new ClipMuxingException(FailureKind.Disk, full.Message, ex);
    }
}
