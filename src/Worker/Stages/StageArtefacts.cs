using System.Net;
using System.Text.Json;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Display;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Worker.Node;
using MlxVideo.Worker.Peers;

namespace MlxVideo.Worker.Stages;

/// <summary>
/// Transfers inputs and outputs of stages from and to the coordinator's blob store. The worker's local store keeps them as well, which
/// saves the transfer for later stages on the same machine.
/// </summary>
/// <param name="store">The worker's local store.</param>
/// <param name="peers">Fetches inputs from other workers; null when only the coordinator is asked.</param>
/// <param name="spool">Keeps results until the coordinator has acknowledged them; null to keep them in memory only.</param>
public sealed class StageArtefacts(
    BlobStore store, HttpClient http, TimeProvider time, PeerBlobs? peers = null, ReportSpool? spool = null)
{
    /// <summary>Minimum size for measuring bandwidth; smaller transfers are dominated by the round trip.</summary>
    private const long MinMeasuredBytes = 1 << 20;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <summary>Maximum size of the artefacts cached locally, unless the store has a quota.</summary>
    private const long MaxStoredBytes = 16L << 30;

    /// <summary>Raised on any thread after the transfer of a file large enough to measure, with the bytes per second.</summary>
    public event Action<double>? LinkMeasured;

    /// <summary>Raised on any thread with each line about transfers for the log of the running stage.</summary>
    public event Action<string>? Logged;

    /// <summary>Computes a stage's outputs from its inputs.</summary>
    /// <param name="inputs">Files of the input artefacts, by name.</param>
    /// <param name="outputs">Files to write the output artefacts to, by name.</param>
    public delegate Task Computation(
        Stage stage, IReadOnlyDictionary<string, string> inputs, IReadOnlyDictionary<string, string> outputs);

    /// <summary>The store of locally cached artefacts.</summary>
    public BlobStore Store => store;

    /// <summary>Tracks whether there is space for a stage's files.</summary>
    public DiskCondition Disk { get; } = new(store, time);

    /// <summary>Creates a client of the coordinator's relay for offloaded evaluations.</summary>
    public OffloadClient OffloadAt(Uri api) => new(http, api);

    /// <summary>Parses an assigned stage.</summary>
    /// <exception cref="StageException">The JSON is not a stage of this version.</exception>
    public static Stage Parse(string json)
    {
        try
        {
            return StageJson.Deserialize(json);
        }
        catch (JsonException ex)
        {
            throw new StageException(FailureKind.Machine, $"the coordinator sent a stage that this version can't read: {ex.Message}", ex);
        }
    }

    /// <summary>Fetches the inputs of an assigned stage, computes it, and uploads the outputs.</summary>
    /// <param name="api">Address of the coordinator.</param>
    /// <param name="cancellationToken">Cancels transfers.</param>
    /// <returns>The outputs, stored by the coordinator.</returns>
    /// <exception cref="StageException">This machine's disk is full, or the coordinator lacks an input.</exception>
    public async Task<IReadOnlyList<NamedBlob>> RunAsync(
        AssignStage assignment, Uri api, Computation compute, CancellationToken cancellationToken)
    {
        var stage = Parse(assignment.StageJson);
        var blobs = new BlobClient(http, api);
        var files = stage.Outputs.ToDictionary(name => name, _ => store.NewFile());
        try
        {
            if (stage.Inputs.Except(assignment.Inputs.Select(input => input.Name)).ToList() is { Count: > 0 } lost)
                throw Missing(lost, "the coordinator lost it", null);
            // Transfers are logged here only: others, such as those of an earlier result, run beside a stage to which they don't belong.
            var absent = await FindAbsentAsync(assignment.Inputs, cancellationToken);
            var began = time.GetTimestamp();
            await FetchAbsentAsync(absent, api, assignment.Sources ?? [], cancellationToken);
            if (absent.Count > 0)
                LogTransfer("fetched", absent, began);
            began = time.GetTimestamp();
            await compute(stage, FilesOf(assignment.Inputs), files);
            Logged?.Invoke($"computed in {Readable.Duration(time.GetElapsedTime(began).TotalSeconds)}");
            var outputs = files.Select(file => new NamedBlob(file.Key, store.Adopt(file.Value))).ToList();
            Disk.Succeeded();
            spool?.Add(new AttemptDone(assignment.Attempt, outputs));
            began = time.GetTimestamp();
            await UploadAsync(outputs, blobs, cancellationToken);
            LogTransfer("sent", outputs, began);
            return outputs;
        }
        catch (Exception ex) when (ex is not StageException { Kind: FailureKind.Disk } && OutOfSpace.Is(ex))
        {
            throw new StageException(FailureKind.Disk, Disk.Failed(ex), ex);
        }
        finally
        {
            foreach (var file in files.Values)
                File.Delete(file);
            Trim();
        }
    }

    /// <summary>Uploads outputs of an earlier process, unless the coordinator has them.</summary>
    /// <exception cref="StageException">An output is no longer in the local store.</exception>
    public async Task UploadAsync(IReadOnlyList<NamedBlob> outputs, Uri api, CancellationToken cancellationToken)
    {
        foreach (var output in outputs)
        {
            if (await store.FindVerifiedAsync(output.Blob.Digest, cancellationToken) is null)
                throw new StageException(FailureKind.Preempted, $"'{output.Name}' is no longer in this worker's store");
        }

        await UploadAsync(outputs, new BlobClient(http, api), cancellationToken);
    }

    /// <summary>
    /// Removes artefacts beyond the size limit in least-recently-used order, or all artefacts when the disk is full. Called while no stage
    /// runs.
    /// </summary>
    public void Trim()
    {
        store.Trim(store.QuotaBytes ?? MaxStoredBytes);
        if (!store.HasRoomFor(0))
            store.Trim(0);
    }

    /// <summary>Fetches artefacts that are not cached locally: from other workers, otherwise from the coordinator.</summary>
    /// <param name="sources">Workers that probably have some of them.</param>
    /// <returns>Files of all artefacts by name.</returns>
    /// <exception cref="StageException">An artefact is missing or damaged in the coordinator's store.</exception>
    /// <exception cref="StorageException">There is no space for an artefact.</exception>
    public async Task<IReadOnlyDictionary<string, string>> FetchAsync(
        IReadOnlyList<NamedBlob> inputs, Uri api, CancellationToken cancellationToken, IReadOnlyList<BlobSource>? sources = null)
    {
        await FetchAbsentAsync(await FindAbsentAsync(inputs, cancellationToken), api, sources ?? [], cancellationToken);
        return FilesOf(inputs);
    }

    private Dictionary<string, string> FilesOf(IReadOnlyList<NamedBlob> inputs) =>
        inputs.ToDictionary(input => input.Name, input => store.PathOf(input.Blob.Digest));

    /// <summary>Returns the artefacts that are not cached locally, and makes room for them.</summary>
    private async Task<IReadOnlyList<NamedBlob>> FindAbsentAsync(IReadOnlyList<NamedBlob> inputs, CancellationToken cancellationToken)
    {
        var absent = new List<NamedBlob>();
        foreach (var input in inputs)
        {
            if (await store.FindVerifiedAsync(input.Blob.Digest, cancellationToken) is null)
                absent.Add(input);
            else
                store.Touch(input.Blob.Digest);
        }

        if (store.QuotaBytes is { } quota && absent.Count > 0)
            store.Trim(quota - absent.Sum(input => input.Blob.Length)); // the inputs found above are the last to be removed
        return absent;
    }

    private async Task FetchAbsentAsync(
        IReadOnlyList<NamedBlob> absent, Uri api, IReadOnlyList<BlobSource> sources, CancellationToken cancellationToken)
    {
        foreach (var input in absent.DistinctBy(input => input.Blob.Digest))
            await FetchAsync(input, api, sources, cancellationToken);
    }

    private async Task FetchAsync(NamedBlob input, Uri api, IReadOnlyList<BlobSource> sources, CancellationToken cancellationToken)
    {
        if (store.FindShortage(input.Blob.Length) is { } shortage)
            throw shortage;
        var (file, partial) = (store.NewFile(), store.NewFile());
        try
        {
            if (peers is null || !await peers.TryGetAsync(input.Blob, sources, file, partial, cancellationToken))
                await PersistAsync(input.Blob, async () =>
                {
                    await new BlobClient(http, api).GetAsync(input.Blob, file, cancellationToken, partial);
                    return true;
                }, cancellationToken);
            store.Adopt(file, input.Blob);
        }
        catch (FarmApiException ex) when (ex.Status == HttpStatusCode.NotFound || ex.IsDamagedBlob)
        {
            throw Missing([input.Name], ex.Message.TrimEnd('.'), ex);
        }
        finally
        {
            File.Delete(file);
            File.Delete(partial);
        }
    }

    private async Task UploadAsync(IReadOnlyList<NamedBlob> outputs, BlobClient blobs, CancellationToken cancellationToken)
    {
        foreach (var output in outputs)
            await PersistAsync(
                output.Blob, () => blobs.PutAsync(output.Blob, store.PathOf(output.Blob.Digest), cancellationToken), cancellationToken);
    }

    private void LogTransfer(string what, IReadOnlyList<NamedBlob> blobs, long began) => Logged?.Invoke(
        $"{what} {string.Join(", ", blobs.Select(blob => $"{blob.Name} ({ByteSize.Text(blob.Blob.Length)})"))} in "
        + Readable.Duration(time.GetElapsedTime(began).TotalSeconds));

    private static StageException Missing(IReadOnlyList<string> inputs, string reason, Exception? inner) =>
        new(FailureKind.MissingInput, $"input '{string.Join("', '", inputs)}' can't be fetched ({reason})", inner)
        {
            MissingInputs = inputs,
        };

    /// <summary>
    /// Transfers a file, with retries while the coordinator is unreachable, busy or out of disk space: computed outputs are kept until
    /// they are accepted or cancelled.
    /// </summary>
    private async Task PersistAsync(BlobRef blob, Func<Task<bool>> transfer, CancellationToken cancellationToken) =>
        await FarmRetry.Forever(ex => ex is FarmApiException { IsStorageFull: true } or FarmApiException { IsTransient: true },
            FirstPause, LongestPause, time).ExecuteAsync(async _ => await MeasuredAsync(blob, transfer), cancellationToken);

    /// <param name="transfer">Transfers the file; returns false if it was already present.</param>
    private async Task MeasuredAsync(BlobRef blob, Func<Task<bool>> transfer)
    {
        var began = time.GetTimestamp();
        if (await transfer() && blob.Length >= MinMeasuredBytes)
            LinkMeasured?.Invoke(blob.Length / time.GetElapsedTime(began).TotalSeconds);
    }
}
