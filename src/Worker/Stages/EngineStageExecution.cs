using MlxVideo.Engine.Models;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Renders.Stages;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Stages;

/// <summary>Runs assigned tasks with the engine on this machine.</summary>
public sealed class EngineStageExecution(StageRunner runner, EngineThread thread, BlobStore store, HttpClient http) : IStageExecution
{
    private readonly TaskArtefacts _artefacts = new(store, http);

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
        try
        {
            return await _artefacts.Run(
                assignment, api, (task, inputs, outputs) => thread.Run(() => Compute(task, inputs, outputs, progress, cancellation)), cancellation);
        }
        catch (StageException fault)
        {
            throw new StageExecutionException(KindOf(fault.Fault), fault.Message, fault);
        }
    }

    private void Compute(
        StageTask task, IReadOnlyDictionary<string, string> inputs, IReadOnlyDictionary<string, string> outputs, Action<int, int> progress, CancellationToken cancellation)
    {
        var steps = (task as DenoiseTask)?.Steps ?? 1;
        runner.Prepare(task, inputs);
        cancellation.ThrowIfCancellationRequested();
        progress(0, steps);
        runner.Run(task, inputs, outputs, Step, cancellation);
        progress(steps, steps);

        // The farm learns the time of a step from these reports: only denoise steps take about the same time each.
        void Step(StageProgress step)
        {
            if (step.Total == steps && step.Done < steps)
                progress(step.Done, steps);
        }
    }

    private static FailureKind KindOf(StageFault fault) => fault switch
    {
        StageFault.Input => FailureKind.Input,
        StageFault.OutOfMemory => FailureKind.OutOfMemory,
        _ => FailureKind.Machine,
    };
}
