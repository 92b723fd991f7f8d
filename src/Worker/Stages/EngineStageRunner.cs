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

/// <summary>Runs assigned stages with the engine on this machine, and evaluations of guided steps for other machines.</summary>
/// <param name="engine">The engine.</param>
/// <param name="thread">The one thread that touches it.</param>
/// <param name="artefacts">Moves files to and from the coordinator.</param>
/// <param name="helperPatience">Shortest time to wait for a helper.</param>
/// <param name="time">The clock.</param>
public sealed class EngineStageRunner(StageRunner engine, EngineThread thread, StageArtefacts artefacts, TimeSpan helperPatience,
    TimeProvider time)
    : IStageRunner
{
    /// <inheritdoc/>
    public event Action<ComponentsChanged>? ComponentsChanged
    {
        add => engine.ComponentsChanged += value;
        remove => engine.ComponentsChanged -= value;
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
    public Task Prefetch(ModelComponent component) => thread.Run(() => engine.Prepare(component));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<NamedBlob>> Run(
        AssignStage assignment, Uri api, Action<int, int> progress, CurrentHelper helpers, CancellationToken cancellationToken)
    {
        using var evaluations =
            new RelayedEvaluations(helpers, artefacts.OffloadAt(api), artefacts.Store, helperPatience, time, cancellationToken);
        try
        {
            return await artefacts.Run(
                assignment, api, (stage, inputs, outputs) =>
                    thread.Run(() => Compute(stage, inputs, outputs, progress, evaluations, cancellationToken)), cancellationToken);
        }
        catch (FarmApiException ex) when (ex.IsCoordinatorFailure)
        {
            throw new StageException(FailureKind.Coordinator, ex.Message, ex);
        }
    }

    /// <inheritdoc/>
    public async Task Offload(AssignOffload assignment, Uri api, Action ready, CancellationToken cancellationToken)
    {
        var stage = StageArtefacts.Parse(assignment.StageJson) as DenoiseStage
            ?? throw new StageException(FailureKind.Machine, "only denoising can be helped with");
        var client = artefacts.OffloadAt(api);
        var (tokens, velocities) = (artefacts.Store.NewFile(), artefacts.Store.NewFile());
        try
        {
            var inputs = await artefacts.Fetch(assignment.Inputs, api, cancellationToken);
            await thread.Run(() =>
            {
                cancellationToken.ThrowIfCancellationRequested(); // the thread may have been loading something else until now
                engine.Prepare(stage, inputs);
            });
            ready();
            for (var step = -1; await client.Fetch(
                assignment.Offload, OffloadDirection.Tokens, step, tokens, cancellationToken) is { } offered; step = offered.Step)
            {
                await thread.Run(
                    () => engine.RunEvaluations(stage, inputs, offered.Step, offered.Evaluations, tokens, velocities, cancellationToken));
                await client.Send(
                    assignment.Offload, OffloadDirection.Velocities, offered.Step, offered.Evaluations, velocities, cancellationToken);
            }
        }
        catch (Exception ex) when (OutOfSpace.Is(ex))
        {
            throw new StageException(FailureKind.Disk, artefacts.Disk.Failed(ex), ex);
        }
        catch (FarmApiException ex) when (ex.IsCoordinatorFailure)
        {
            throw new StageException(FailureKind.Coordinator, ex.Message, ex);
        }
        finally
        {
            File.Delete(tokens);
            File.Delete(velocities);
            artefacts.Trim();
        }
    }

    private void Compute(
        Stage stage, IReadOnlyDictionary<string, string> inputs, IReadOnlyDictionary<string, string> outputs, Action<int, int> progress,
        IEvaluationExchange evaluations,
        CancellationToken cancellationToken)
    {
        var steps = StageKinds.Of(stage).Steps(stage).Count;
        engine.Prepare(stage, inputs);
        cancellationToken.ThrowIfCancellationRequested();
        progress(0, steps);
        engine.Run(stage, inputs, outputs, Step, cancellationToken, evaluations);
        progress(steps, steps);

        // The farm learns the time of a step from these reports: only denoise steps take about the same time each.
        void Step(StageProgress step)
        {
            if (step.Total == steps && step.Done < steps)
                progress(step.Done, steps);
        }
    }
}
