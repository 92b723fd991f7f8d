using System.Text.Json;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Renders.Stages;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Stages;

/// <summary>
/// Runs assigned tasks with the engine on this machine. Artefacts are kept in the worker's own blob store, so that a task
/// which follows on the same machine fetches nothing.
/// </summary>
public sealed class EngineStageExecution(StageRunner runner, EngineThread thread, BlobStore store, HttpClient http) : IStageExecution
{
    /// <summary>Artefacts that a worker keeps at hand; those used longest ago go first.</summary>
    private const long MaxStoredBytes = 16L << 30;

    /// <inheritdoc/>
    public event Action<PartsChanged>? PartsChanged
    {
        add => runner.PartsChanged += value;
        remove => runner.PartsChanged -= value;
    }

    /// <inheritdoc/>
    public Task Prefetch(ModelPart part) => thread.Run(() => runner.Prepare(part));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<NamedBlob>> Run(AssignTask assignment, Uri api, Action<int, int> progress, CancellationToken cancellation)
    {
        var task = JsonSerializer.Deserialize<StageTask>(assignment.TaskJson, FarmJson.Options)
            ?? throw new StageExecutionException(FailureKind.Machine, "the coordinator sent an empty task");
        var blobs = new BlobClient(http, api);
        var inputs = await Fetch(assignment.Inputs, blobs, cancellation);
        var files = task.Outputs.ToDictionary(name => name, _ => store.NewFile());
        try
        {
            await thread.Run(() => Compute(task, inputs, files, progress, cancellation));
            var outputs = files.Select(file => new NamedBlob(file.Key, store.Adopt(file.Value))).ToList();
            foreach (var output in outputs)
                await blobs.Put(output.Blob, store.PathOf(output.Blob.Digest), cancellation);
            return outputs;
        }
        catch (StageException fault)
        {
            throw new StageExecutionException(KindOf(fault.Fault), fault.Message, fault);
        }
        finally
        {
            foreach (var file in files.Values)
                File.Delete(file);
            store.Trim(MaxStoredBytes);
        }
    }

    private void Compute(StageTask task, Dictionary<string, string> inputs, Dictionary<string, string> files, Action<int, int> progress, CancellationToken cancellation)
    {
        var steps = task is DenoiseTask denoise ? DistilledSteps.Count(denoise.Stage) : 1;
        runner.Prepare(task, inputs);
        cancellation.ThrowIfCancellationRequested();
        progress(0, steps);
        runner.Run(task, inputs, files, Step, cancellation);
        progress(steps, steps);

        // The farm learns the time of a step from these reports: only denoise steps take about the same time each.
        void Step(StageProgress step)
        {
            if (step.Total == steps && step.Done < steps)
                progress(step.Done, steps);
        }
    }

    private async Task<Dictionary<string, string>> Fetch(IReadOnlyList<NamedBlob> inputs, BlobClient blobs, CancellationToken cancellation)
    {
        var files = new Dictionary<string, string>();
        foreach (var input in inputs)
        {
            if (store.Find(input.Blob.Digest) is null)
            {
                var arriving = store.NewFile();
                await blobs.Get(input.Blob, arriving, cancellation);
                store.Adopt(arriving);
            }

            store.Touch(input.Blob.Digest);
            files[input.Name] = store.PathOf(input.Blob.Digest);
        }

        return files;
    }

    private static FailureKind KindOf(StageFault fault) => fault switch
    {
        StageFault.Input => FailureKind.Input,
        StageFault.OutOfMemory => FailureKind.OutOfMemory,
        _ => FailureKind.Machine,
    };
}
