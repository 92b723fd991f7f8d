using System.Text.Json;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Stages;

/// <summary>
/// Transfers inputs and outputs of stages from and to the coordinator's blob store. The worker's local store keeps them as well, which
/// saves the transfer for later stages on the same machine.
/// </summary>
/// <param name="store">The worker's local store.</param>
public sealed class StageArtefacts(BlobStore store, HttpClient http, TimeProvider time)
{
    /// <summary>Minimum size for measuring bandwidth; smaller transfers are dominated by the round trip.</summary>
    private const long MinMeasuredBytes = 1 << 20;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <summary>Maximum size of the artefacts cached locally.</summary>
    private const long MaxStoredBytes = 16L << 30;

    /// <summary>Raised on any thread after the transfer of a file large enough to measure, with the bytes per second.</summary>
    public event Action<double>? LinkMeasured;

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
    /// <exception cref="StageException">This machine's disk is full.</exception>
    public async Task<IReadOnlyList<NamedBlob>> RunAsync(
        AssignStage assignment, Uri api, Computation compute, CancellationToken cancellationToken)
    {
        var stage = Parse(assignment.StageJson);
        var blobs = new BlobClient(http, api);
        var files = stage.Outputs.ToDictionary(name => name, _ => store.NewFile());
        try
        {
            var inputs = await FetchAsync(assignment.Inputs, api, cancellationToken);
            await compute(stage, inputs, files);
            var outputs = files.Select(file => new NamedBlob(file.Key, store.Adopt(file.Value))).ToList();
            Disk.Succeeded();
            foreach (var output in outputs)
                await PersistAsync(
                    output.Blob, () => blobs.PutAsync(output.Blob, store.PathOf(output.Blob.Digest), cancellationToken), cancellationToken);
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

    /// <summary>
    /// Removes artefacts beyond the size limit in least-recently-used order, or all artefacts when the disk is full. Called while no stage
    /// runs.
    /// </summary>
    public void Trim() => store.Trim(store.HasRoomFor(0) ? MaxStoredBytes : 0);

    /// <summary>Fetches artefacts that are not cached locally.</summary>
    /// <returns>Files of all artefacts by name.</returns>
    public async Task<IReadOnlyDictionary<string, string>> FetchAsync(
        IReadOnlyList<NamedBlob> inputs, Uri api, CancellationToken cancellationToken)
    {
        var blobs = new BlobClient(http, api);
        var files = new Dictionary<string, string>();
        foreach (var input in inputs)
        {
            if (store.Find(input.Blob.Digest) is null)
            {
                var arriving = store.NewFile();
                await PersistAsync(input.Blob, async () =>
                {
                    await blobs.GetAsync(input.Blob, arriving, cancellationToken);
                    return true;
                }, cancellationToken);
                store.Adopt(arriving);
            }

            store.Touch(input.Blob.Digest);
            files[input.Name] = store.PathOf(input.Blob.Digest);
        }

        return files;
    }

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
