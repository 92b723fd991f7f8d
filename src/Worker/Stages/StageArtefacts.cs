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
/// Brings the inputs of stages from the coordinator's blob store, and their outputs there. They are kept in the worker's own
/// store too, so that a stage which follows on the same machine fetches nothing.
/// </summary>
/// <param name="store">The worker's own store.</param>
/// <param name="http">Reaches the coordinator.</param>
/// <param name="time">The clock.</param>
public sealed class StageArtefacts(BlobStore store, HttpClient http, TimeProvider time)
{
    /// <summary>Smaller files tell of the round trip rather than of the link.</summary>
    private const long LeastMeasuredBytes = 1 << 20;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <summary>Artefacts that a worker keeps at hand; those used longest ago go first.</summary>
    private const long MaxStoredBytes = 16L << 30;

    /// <summary>Raised, on any thread, when a file that is large enough to tell has gone over the link, with its bytes a second.</summary>
    public event Action<double>? LinkMeasured;

    /// <summary>Computes a stage's outputs from its inputs.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="inputs">Files of the artefacts that it reads, by name.</param>
    /// <param name="outputs">Files that it must write, by the artefact's name.</param>
    public delegate Task Computation(
        Stage stage, IReadOnlyDictionary<string, string> inputs, IReadOnlyDictionary<string, string> outputs);

    /// <summary>The store in which artefacts are kept at hand.</summary>
    public BlobStore Store => store;

    /// <summary>Whether there is room for a stage's files.</summary>
    public DiskCondition Disk { get; } = new(store, time);

    /// <summary>Reaches the coordinator's relay for workers that help each other.</summary>
    public OffloadClient OffloadAt(Uri api) => new(http, api);

    /// <summary>A stage as it was assigned.</summary>
    /// <exception cref="StageException">It is none.</exception>
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

    /// <summary>Fetches what an assigned stage reads, has it computed, and sends what it wrote.</summary>
    /// <param name="assignment">The stage.</param>
    /// <param name="api">The coordinator's blob store.</param>
    /// <param name="compute">Computes it.</param>
    /// <param name="cancellationToken">Ends transfers.</param>
    /// <returns>The outputs, which the coordinator's store holds.</returns>
    /// <exception cref="StageException">This machine's disk is full.</exception>
    public async Task<IReadOnlyList<NamedBlob>> Run(
        AssignStage assignment, Uri api, Computation compute, CancellationToken cancellationToken)
    {
        var stage = Parse(assignment.StageJson);
        var blobs = new BlobClient(http, api);
        var files = stage.Outputs.ToDictionary(name => name, _ => store.NewFile());
        try
        {
            var inputs = await Fetch(assignment.Inputs, api, cancellationToken);
            await compute(stage, inputs, files);
            var outputs = files.Select(file => new NamedBlob(file.Key, store.Adopt(file.Value))).ToList();
            Disk.Succeeded();
            foreach (var output in outputs)
                await Persist(
                    output.Blob, () => blobs.Put(output.Blob, store.PathOf(output.Blob.Digest), cancellationToken), cancellationToken);
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
    /// Removes artefacts that were used longest ago when there are many, and all when the disk is full; while no stage runs.
    /// </summary>
    public void Trim() => store.Trim(store.HasRoomFor(0) ? MaxStoredBytes : 0);

    /// <summary>Fetches artefacts that are not at hand.</summary>
    /// <returns>Their files by name.</returns>
    public async Task<IReadOnlyDictionary<string, string>> Fetch(
        IReadOnlyList<NamedBlob> inputs, Uri api, CancellationToken cancellationToken)
    {
        var blobs = new BlobClient(http, api);
        var files = new Dictionary<string, string>();
        foreach (var input in inputs)
        {
            if (store.Find(input.Blob.Digest) is null)
            {
                var arriving = store.NewFile();
                await Persist(input.Blob, async () =>
                {
                    await blobs.Get(input.Blob, arriving, cancellationToken);
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
    /// Moves a file, again and again while the coordinator is out of reach, busy, or without room on its disk: what was computed
    /// is kept until it is taken, or not wanted any more.
    /// </summary>
    private async Task Persist(BlobRef blob, Func<Task<bool>> transfer, CancellationToken cancellationToken) =>
        await FarmRetry.Forever(ex => ex is FarmApiException { IsStorageFull: true } or FarmApiException { IsTransient: true },
            FirstPause, LongestPause, time).ExecuteAsync(async _ => await Measured(blob, transfer), cancellationToken);

    /// <param name="blob">The file.</param>
    /// <param name="transfer">Moves it; false when it was there already.</param>
    private async Task Measured(BlobRef blob, Func<Task<bool>> transfer)
    {
        var began = time.GetTimestamp();
        if (await transfer() && blob.Length >= LeastMeasuredBytes)
            LinkMeasured?.Invoke(blob.Length / time.GetElapsedTime(began).TotalSeconds);
    }
}
