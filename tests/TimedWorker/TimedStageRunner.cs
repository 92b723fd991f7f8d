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
/// Runs assigned stages as a real worker does, but for loading and computing: there it waits as long as the simulated Mac
/// needs, and writes placeholders of the right shapes.
/// </summary>
/// <param name="mac">The Mac that it plays.</param>
/// <param name="times">How long things take on it.</param>
/// <param name="artefacts">Moves inputs and outputs.</param>
/// <param name="time">The clock.</param>
internal sealed class TimedStageRunner(SimulatedMac mac, TrueTimes times, StageArtefacts artefacts, TimeProvider time) : IStageRunner,
IDisposable
{
    // As the engine has one thread, one thing is done at a time.
    private readonly SemaphoreSlim _engine = new(1);
    private ResidentComponents _resident = ResidentComponents.None;

    /// <inheritdoc/>
    public event Action<ComponentsChanged>? ComponentsChanged;

    /// <summary>Never raised: the farm is to believe in the link of the Mac that is played, not in this machine's.</summary>
    public event Action<double>? LinkMeasured
    {
        add { }
        remove { }
    }

    /// <inheritdoc/>
    public string? FindProblem() => artefacts.Disk.Problem;

    /// <inheritdoc/>
    public Task Prefetch(ModelComponent component) => Alone(() => Load(component));

    /// <inheritdoc/>
    public Task<IReadOnlyList<NamedBlob>> Run(AssignStage assignment, Uri api, Action<int, int> progress, CurrentHelper helpers,
        CancellationToken cancellationToken) => artefacts.Run(
        assignment,
        api,
        (stage, inputs, outputs) => Alone(() => Compute(assignment.Attempt.Stage, stage, inputs, outputs, progress, cancellationToken)),
        cancellationToken);

    /// <summary>Gets ready, and then waits: a timed step takes as long as it does alone, whoever helps.</summary>
    public async Task Offload(AssignOffload assignment, Uri api, Action ready, CancellationToken cancellationToken)
    {
        await artefacts.Fetch(assignment.Inputs, api, cancellationToken);
        await Alone(() => Load(ModelComponent.Transformer));
        ready();
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    private async Task Compute(
        StageAddress address, Stage stage, IReadOnlyDictionary<string, string> inputs, IReadOnlyDictionary<string, string> outputs,
        Action<int, int> progress, CancellationToken cancellationToken)
    {
        var settings = ClipShapes.Of(stage, inputs);
        var work = ClipWork.OfStage(stage, settings);
        await Load(work.Component!.Value);
        cancellationToken.ThrowIfCancellationRequested();
        progress(0, work.Steps);
        var began = time.GetTimestamp();
        var seconds = times.Seconds(mac, address.Row, address.StageId, work);
        Placeholders.Write(address, stage, settings, outputs);
        for (var step = 1; step <= work.Steps; step++)
        {
            // By the time since the beginning: what each timer is late does not add up.
            await Until(began, seconds * step / work.Steps);
            progress(step, work.Steps);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task Load(ModelComponent component)
    {
        var isThere = _resident.Holds(component);
        var seconds = isThere ? 0 : times.LoadSeconds(mac, component);
        var resident = _resident.Using(component, mac.Capabilities);
        await Until(time.GetTimestamp(), seconds);
        if (resident == _resident)
            return;
        _resident = resident;
        ComponentsChanged?.Invoke(new ComponentsChanged(resident.Components, isThere ? null : component, seconds));
    }

    /// <summary>Waits until so many seconds after a moment. Nothing ends it before: an engine stops between steps only.</summary>
    private async Task Until(long moment, double seconds)
    {
        var left = TimeSpan.FromSeconds(seconds) - time.GetElapsedTime(moment);
        if (left > TimeSpan.Zero)
            await Task.Delay(left, time, CancellationToken.None);
    }

    private async Task Alone(Func<Task> action)
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
