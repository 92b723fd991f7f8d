using MlxVideo.Cli.Generate.Progress;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Generate.Profiles;

/// <summary>Records the times of the stages.</summary>
internal sealed class ProfileRecorder(RenderPhases phases) : IRenderObserver
{
    private readonly List<StageTime> _stages = [];
    private int _steps;

    /// <summary>The finished stages, in order.</summary>
    public IReadOnlyList<StageTime> Stages => _stages;

    /// <summary>Seconds by phase.</summary>
    public IReadOnlyDictionary<string, double> Phases =>
        _stages.GroupBy(stage => stage.Phase).ToDictionary(phase => phase.Key, phase => phase.Sum(stage => stage.Seconds));

    /// <inheritdoc/>
    public void OnStep(RenderStep step) => _steps = step.Total;

    /// <inheritdoc/>
    public void OnStageEnded(Stage stage, TimeSpan duration) =>
        _stages.Add(new StageTime(stage.Id, phases.ProfilePhase(stage), _steps, duration.TotalSeconds));
}
