using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Stages;

/// <summary>Runs the stages of one kind.</summary>
public interface IStageExecutor
{
    /// <summary>The type of <see cref="Stage"/> that it runs.</summary>
    Type StageType { get; }

    /// <summary>Runs a stage on the calling thread.</summary>
    void Run(Stage stage, StageFiles files);
}

/// <summary>Base class for executors of one stage type.</summary>
public abstract class StageExecutor<TStage> : IStageExecutor
    where TStage : Stage
{
    /// <inheritdoc/>
    public Type StageType => typeof(TStage);

    /// <inheritdoc/>
    public void Run(Stage stage, StageFiles files) => Run((TStage)stage, files);

    protected abstract void Run(TStage stage, StageFiles files);
}
