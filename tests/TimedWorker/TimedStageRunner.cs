using MlxVideo.Engine.Models;
using MlxVideo.Engine.Stages.Memory;
using MlxVideo.Farm.Profiles;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Running;
using MlxVideo.Worker.Node;
using MlxVideo.Worker.Stages;

namespace MlxVideo.TimedWorker;

/// <summary>
/// Runs assigned stages like a real worker, except for loading and computing: it waits as long as the simulated Mac would take, and
/// writes placeholders of the right shapes.
/// </summary>
/// <param name="mac">The simulated Mac.</param>
/// <param name="times">Durations of the Mac's loads and stages.</param>
/// <param name="artefacts">Transfers inputs and outputs.</param>
internal sealed class TimedStageRunner(SimulatedMac mac, TrueTimes times, StageArtefacts artefacts, TimeProvider time) : IStageRunner,
IDisposable
{
    // One operation at a time: the real engine has a single thread.
    private readonly SemaphoreSlim _engine = new(1);
    private ResidentComponents _resident = ResidentComponents.None;

    /// <inheritdoc/>
    public event Action<ComponentsChanged>? ComponentsChanged;

    /// <summary>Never raised: the farm must use the link speed of the simulated Mac, not of this machine.</summary>
    public event Action<double>? LinkMeasured
    {
        add { }
        remove { }
    }

    /// <inheritdoc/>
    public string? FindProblem() => artefacts.Disk.Problem;

    /// <inheritdoc/>
    public Task PrefetchAsync(ModelComponent component) => AloneAsync(() => LoadAsync(component));

    /// <inheritdoc/>
    public Task<IReadOnlyList<NamedBlob>> RunAsync(AssignStage assignment, Uri api, Action<int, int> progress, CurrentHelper helpers,
        CancellationToken cancellationToken) => artefacts.RunAsync(
        assignment,
        api,
        (stage, inputs, outputs) =>
            AloneAsync(() => ComputeAsync(assignment.Attempt.Stage, stage, inputs, outputs, progress, cancellationToken)),
        cancellationToken);

    /// <inheritdoc/>
    public Task UploadAsync(IReadOnlyList<NamedBlob> outputs, Uri api, CancellationToken cancellationToken) =>
        artefacts.UploadAsync(outputs, api, cancellationToken);

    /// <summary>Gets ready, then waits: a timed step takes the same time with or without a helper.</summary>
    public async Task OffloadAsync(AssignOffload assignment, Uri api, Action ready, CancellationToken cancellationToken)
    {
        await artefacts.FetchAsync(assignment.Inputs, api, cancellationToken);
        await AloneAsync(() => LoadAsync(ModelComponent.Transformer));
        ready();
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    private async Task ComputeAsync(
        StageAddress address, Stage stage, IReadOnlyDictionary<string, string> inputs, IReadOnlyDictionary<string, string> outputs,
        Action<int, int> progress, CancellationToken cancellationToken)
    {
        var settings = ClipShapes.Of(stage, inputs);
        var work = ClipWork.OfStage(stage, settings);
        await LoadAsync(work.Component!.Value);
        cancellationToken.ThrowIfCancellationRequested();
        progress(0, work.Steps);
        var began = time.GetTimestamp();
        var seconds = times.Seconds(mac, address.Row, address.StageId, work);
        Placeholders.Write(address, stage, settings, outputs);
        for (var step = 1; step <= work.Steps; step++)
        {
            // Relative to the start of the stage: the delays of individual timers do not accumulate.
            await UntilAsync(began, seconds * step / work.Steps);
            progress(step, work.Steps);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task LoadAsync(ModelComponent component)
    {
        var isThere = _resident.Holds(component);
        var seconds = isThere ? 0 : times.LoadSeconds(mac, component);
        var resident = _resident.Using(component, mac.Capabilities);
        await UntilAsync(time.GetTimestamp(), seconds);
        if (resident == _resident)
            return;
        _resident = resident;
        ComponentsChanged?.Invoke(new ComponentsChanged(resident.Components, isThere ? null : component, seconds));
    }

    /// <summary>
    /// Waits until <paramref name="seconds"/> after <paramref name="moment"/>. Not cancellable: an engine stops only between steps.
    /// </summary>
    private async Task UntilAsync(long moment, double seconds)
    {
        var left = TimeSpan.FromSeconds(seconds) - time.GetElapsedTime(moment);
        if (left > TimeSpan.Zero)
            await Task.Delay(left, time, CancellationToken.None);
    }

    private async Task AloneAsync(Func<Task> action)
    {
        await _engine.WaitAsync();
        try
        {
            await action();
        }
        finally
        {
            _engine.Release();
        }
    }
}
