using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Resuming;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Worker.Engine;

/// <summary>The engine in this process.</summary>
/// <param name="resumePoints">Saved states of interrupted stages; null to save none.</param>
public sealed class LocalEngine(StageRunner runner, EngineThread thread, ResumePoints? resumePoints = null) : IEngine
{
    /// <inheritdoc/>
    public event Action<ComponentsChanged>? ComponentsChanged
    {
        add => runner.ComponentsChanged += value;
        remove => runner.ComponentsChanged -= value;
    }

    /// <inheritdoc/>
    public DeviceMemoryUse? MemoryUse => runner.MemoryUse;

    /// <inheritdoc/>
    public string? FindProblem() => null;

    /// <inheritdoc/>
    public Task PrepareAsync(ModelComponent component) => thread.RunAsync(() => runner.Prepare(component));

    /// <inheritdoc/>
    public Task PrepareAsync(DenoiseStage stage, IReadOnlyDictionary<string, string> inputs, CancellationToken cancellationToken) =>
        thread.RunAsync(() =>
        {
            cancellationToken.ThrowIfCancellationRequested(); // the thread may have been busy with another load
            runner.Prepare(stage, inputs);
        });

    /// <inheritdoc/>
    public Task RunAsync(StageRun run, Action<int, int> progress, IEvaluationExchange evaluations, CancellationToken cancellationToken) =>
        thread.RunAsync(() => Compute(run, progress, evaluations, cancellationToken));

    /// <inheritdoc/>
    public Task RunEvaluationsAsync(EvaluationsRun run, CancellationToken cancellationToken) => thread.RunAsync(() =>
        runner.RunEvaluations(run.Stage, run.Inputs, run.Step, run.Count, run.TokensFile, run.VelocitiesFile, cancellationToken));

    private void Compute(
        StageRun run, Action<int, int> progress, IEvaluationExchange evaluations, CancellationToken cancellationToken)
    {
        var steps = StageKinds.Of(run.Stage).Steps(run.Stage).Count;
        runner.Prepare(run.Stage, run.Inputs);
        cancellationToken.ThrowIfCancellationRequested();
        var resume = resumePoints?.Of(run.Stage, run.Digests);
        progress(resume?.Done ?? 0, steps);
        runner.Run(run.Stage, run.Inputs, run.Outputs, Step, cancellationToken, evaluations, resume);
        progress(steps, steps);

        // The farm derives step times from these reports: only denoise steps take about equal time.
        void Step(StageProgress step)
        {
            if (step.Total == steps && step.Done < steps)
                progress(step.Done, steps);
        }
    }
}
