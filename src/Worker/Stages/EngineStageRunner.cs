using MlxVideo.Engine.Models;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Worker.Engine;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Stages;

/// <summary>Runs assigned stages and evaluations offloaded by other workers with the engine on this machine.</summary>
/// <param name="helperPatience">Minimum wait for a helper.</param>
/// <param name="caffeinate">Keeps the machine awake while it works; null to let it sleep.</param>
public sealed class EngineStageRunner(
    IEngine engine, StageArtefacts artefacts, TimeSpan helperPatience, TimeProvider time, Caffeinate? caffeinate = null) : IStageRunner
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
    public event Action<string>? Logged
    {
        add
        {
            engine.LineWritten += value;
            artefacts.Logged += value;
        }

        remove
        {
            engine.LineWritten -= value;
            artefacts.Logged -= value;
        }
    }

    /// <inheritdoc/>
    public DeviceMemoryUse? MemoryUse => engine.MemoryUse;

    /// <inheritdoc/>
    public string? FindProblem()
    {
        if (artefacts.Disk.Problem is not null)
            artefacts.Trim();
        return artefacts.Disk.Problem ?? engine.FindProblem();
    }

    /// <inheritdoc/>
    public Task PrefetchAsync(ModelComponent component) => engine.PrepareAsync(component);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<NamedBlob>> RunAsync(
        AssignStage assignment, Uri api, Action<int, int> progress, CurrentHelper helpers, CancellationToken cancellationToken)
    {
        using var awake = caffeinate?.Hold();
        using var evaluations =
            new RelayedEvaluations(helpers, artefacts.OffloadAt(api), artefacts.Store, helperPatience, time, cancellationToken);
        var digests = assignment.Inputs.ToDictionary(input => input.Name, input => input.Blob.Digest);
        try
        {
            return await artefacts.RunAsync(
                assignment, api,
                (stage, inputs, outputs) =>
                    engine.RunAsync(new StageRun(stage, inputs, outputs, digests), progress, evaluations, cancellationToken),
                cancellationToken);
        }
        catch (FarmApiException ex) when (ex.IsCoordinatorFailure)
        {
            throw new StageException(FailureKind.Coordinator, ex.Message, ex);
        }
    }

    /// <inheritdoc/>
    public async Task UploadAsync(IReadOnlyList<NamedBlob> outputs, Uri api, CancellationToken cancellationToken)
    {
        using var awake = caffeinate?.Hold();
        await artefacts.UploadAsync(outputs, api, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task OffloadAsync(AssignOffload assignment, Uri api, Action ready, CancellationToken cancellationToken)
    {
        var stage = StageArtefacts.Parse(assignment.StageJson) as DenoiseStage
            ?? throw new StageException(FailureKind.Machine, "only evaluations of denoise stages can be offloaded");
        using var awake = caffeinate?.Hold();
        var client = artefacts.OffloadAt(api);
        var (tokens, velocities) = (artefacts.Store.NewFile(), artefacts.Store.NewFile());
        try
        {
            var inputs = await artefacts.FetchAsync(assignment.Inputs, api, cancellationToken, assignment.Sources);
            await engine.PrepareAsync(stage, inputs, cancellationToken);
            ready();
            for (var step = -1; await client.FetchAsync(
                assignment.Offload, OffloadDirection.Tokens, step, tokens, cancellationToken) is { } offered; step = offered.Step)
            {
                await engine.RunEvaluationsAsync(
                    new EvaluationsRun(stage, inputs, offered.Step, offered.Evaluations, tokens, velocities), cancellationToken);
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
}
