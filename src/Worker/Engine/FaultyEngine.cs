using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Worker.Engine;

/// <summary>An engine with a fault in the middle of its stages.</summary>
internal sealed class FaultyEngine(IEngine engine, EngineFault fault) : IEngine
{
    private int _runs;

    /// <inheritdoc/>
    public event Action<ComponentsChanged>? ComponentsChanged
    {
        add => engine.ComponentsChanged += value;
        remove => engine.ComponentsChanged -= value;
    }

    /// <inheritdoc/>
    public DeviceMemoryUse? MemoryUse => engine.MemoryUse;

    /// <inheritdoc/>
    public string? FindProblem() => engine.FindProblem();

    /// <inheritdoc/>
    public Task PrepareAsync(ModelComponent component) => engine.PrepareAsync(component);

    /// <inheritdoc/>
    public Task PrepareAsync(DenoiseStage stage, IReadOnlyDictionary<string, string> inputs, CancellationToken cancellationToken) =>
        engine.PrepareAsync(stage, inputs, cancellationToken);

    /// <inheritdoc/>
    public Task RunAsync(StageRun run, Action<int, int> progress, IEvaluationExchange evaluations, CancellationToken cancellationToken)
    {
        if (fault.StageKind is { } kind && StageKinds.Of(run.Stage).Id != kind)
            return engine.RunAsync(run, progress, evaluations, cancellationToken);
        var isAffected = Interlocked.Increment(ref _runs) == (fault.Run ?? _runs);
        return engine.RunAsync(
            run,
            (step, steps) =>
            {
                progress(step, steps);
                if (isAffected && step >= steps / 2)
                    fault.Cause(); // on the engine's thread
            },
            evaluations, cancellationToken);
    }

    /// <inheritdoc/>
    public Task RunEvaluationsAsync(EvaluationsRun run, CancellationToken cancellationToken) =>
        engine.RunEvaluationsAsync(run, cancellationToken);
}
