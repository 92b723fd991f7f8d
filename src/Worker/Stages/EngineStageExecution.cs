using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Stages;

/// <summary>Runs assigned tasks with the engine on this machine, and passes of guided steps for other machines.</summary>
/// <param name="runner">The engine.</param>
/// <param name="thread">The one thread that touches it.</param>
/// <param name="artefacts">Moves files to and from the coordinator.</param>
/// <param name="time">The clock.</param>
public sealed class EngineStageExecution(StageRunner runner, EngineThread thread, TaskArtefacts artefacts, TimeProvider time)
    : IStageExecution
{
    /// <inheritdoc/>
    public event Action<PartsChanged>? PartsChanged
    {
        add => runner.PartsChanged += value;
        remove => runner.PartsChanged -= value;
    }

    /// <inheritdoc/>
    public event Action<double>? LinkMeasured
    {
        add => artefacts.LinkMeasured += value;
        remove => artefacts.LinkMeasured -= value;
    }

    /// <inheritdoc/>
    public string? FindProblem()
    {
        if (artefacts.Disk.Problem is not null)
            artefacts.Trim();
        return artefacts.Disk.Problem;
    }

    /// <inheritdoc/>
    public Task Prefetch(ModelPart part) => thread.Run(() => runner.Prepare(part));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<NamedBlob>> Run(
        AssignTask assignment, Uri api, Action<int, int> progress, CurrentHelper helpers, CancellationToken cancellationToken)
    {
        using var passes = new RelayedPasses(helpers, artefacts.HelpAt(api), artefacts.Store, time, cancellationToken);
        try
        {
            return await artefacts.Run(
                assignment, api, (task, inputs, outputs) =>
                    thread.Run(() => Compute(task, inputs, outputs, progress, passes, cancellationToken)), cancellationToken);
        }
        catch (StageException ex)
        {
            throw new StageExecutionException(KindOf(ex.Fault), ex.Message, ex);
        }
        catch (FarmApiException ex) when (ex.IsCoordinatorFailure)
        {
            throw new StageExecutionException(FailureKind.Coordinator, ex.Message, ex);
        }
    }

    /// <inheritdoc/>
    public async Task Help(AssignHelp assignment, Uri api, Action ready, CancellationToken cancellationToken)
    {
        var task = TaskArtefacts.Parse(assignment.TaskJson) as DenoiseTask
            ?? throw new StageExecutionException(FailureKind.Machine, "only denoising can be helped with");
        var client = artefacts.HelpAt(api);
        var (tokens, velocities) = (artefacts.Store.NewFile(), artefacts.Store.NewFile());
        try
        {
            var inputs = await artefacts.Fetch(assignment.Inputs, api, cancellationToken);
            await thread.Run(() =>
            {
                cancellationToken.ThrowIfCancellationRequested(); // the thread may have been loading something else until now
                runner.Prepare(task, inputs);
            });
            ready();
            for (var step = -1; await client.Fetch(
                assignment.Help, HelpDirection.Tokens, step, tokens, cancellationToken) is { } offered; step = offered.Step)
            {
                await thread.Run(() => runner.RunPasses(task, inputs, offered.Step, offered.Passes, tokens, velocities, cancellationToken));
                await client.Send(assignment.Help, HelpDirection.Velocities, offered.Step, offered.Passes, velocities, cancellationToken);
            }
        }
        catch (Exception ex) when (OutOfSpace.Is(ex))
        {
            throw new StageExecutionException(FailureKind.Disk, artefacts.Disk.Failed(ex), ex);
        }
        catch (StageException ex)
        {
            throw new StageExecutionException(KindOf(ex.Fault), ex.Message, ex);
        }
        catch (FarmApiException ex) when (ex.IsCoordinatorFailure)
        {
            throw new StageExecutionException(FailureKind.Coordinator, ex.Message, ex);
        }
        finally
        {
            File.Delete(tokens);
            File.Delete(velocities);
            artefacts.Trim();
        }
    }

    private void Compute(
        StageTask task, IReadOnlyDictionary<string, string> inputs, IReadOnlyDictionary<string, string> outputs, Action<int, int> progress,
        IPassExchange passes,
        CancellationToken cancellationToken)
    {
        var steps = (task as DenoiseTask)?.Steps ?? 1;
        runner.Prepare(task, inputs);
        cancellationToken.ThrowIfCancellationRequested();
        progress(0, steps);
        runner.Run(task, inputs, outputs, Step, cancellationToken, passes);
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
