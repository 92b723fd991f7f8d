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

/// <summary>Runs assigned stages and evaluations offloaded by other workers with the engine on this machine.</summary>
/// <param name="helperPatience">Minimum wait for a helper.</param>
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
    public DeviceMemoryUse? MemoryUse => engine.MemoryUse;

    /// <inheritdoc/>
    public string? FindProblem()
    {
        if (artefacts.Disk.Problem is not null)
            artefacts.Trim();
        return artefacts.Disk.Problem;
    }

    /// <inheritdoc/>
    public Task PrefetchAsync(ModelComponent component) => thread.RunAsync(() => engine.Prepare(component));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<NamedBlob>> RunAsync(
        AssignStage assignment, Uri api, Action<int, int> progress, CurrentHelper helpers, CancellationToken cancellationToken)
    {
        using var evaluations =
            new RelayedEvaluations(helpers, artefacts.OffloadAt(api), artefacts.Store, helperPatience, time, cancellationToken);
        try
        {
            return await artefacts.RunAsync(
                assignment, api, (stage, inputs, outputs) =>
                    thread.RunAsync(() => Compute(stage, inputs, outputs, progress, evaluations, cancellationToken)), cancellationToken);
        }
        catch (FarmApiException ex) when (ex.IsCoordinatorFailure)
        {
            throw new StageException(FailureKind.Coordinator, ex.Message, ex);
        }
    }

    /// <inheritdoc/>
    public async Task OffloadAsync(AssignOffload assignment, Uri api, Action ready, CancellationToken cancellationToken)
    {
        var stage = StageArtefacts.Parse(assignment.StageJson) as DenoiseStage
            ?? throw new StageException(FailureKind.Machine, "only evaluations of denoise stages can be offloaded");
        var client = artefacts.OffloadAt(api);
        var (tokens, velocities) = (artefacts.Store.NewFile(), artefacts.Store.NewFile());
        try
        {
            var inputs = await artefacts.FetchAsync(assignment.Inputs, api, cancellationToken);
            await thread.RunAsync(() =>
            {
                cancellationToken.ThrowIfCancellationRequested(); // the thread may have been busy with another load
                engine.Prepare(stage, inputs);
            });
            ready();
            for (var step = -1; await client.FetchAsync(
                assignment.Offload, OffloadDirection.Tokens, step, tokens, cancellationToken) is { } offered; step = offered.Step)
            {
                await thread.RunAsync(
                    () => engine.RunEvaluations(stage, inputs, offered.Step, offered.Evaluations, tokens, velocities, cancellationToken));
                await client.SendAsync(
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

        // The farm derives step times from these reports: only denoise steps take about equal time.
        void Step(StageProgress step)
        {
            if (step.Total == steps && step.Done < steps)
                progress(step.Done, steps);
        }
    }
}
