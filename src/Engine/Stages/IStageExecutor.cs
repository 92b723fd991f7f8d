using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Stages;

/// <summary>Runs the stages of one kind.</summary>
public interface IStageExecutor
{
    /// <summary>The kind of <see cref="StageTask"/> that it runs.</summary>
    Type TaskType { get; }

    /// <summary>Runs a stage on the calling thread.</summary>
    void Run(StageTask task, StageFiles files);
}

/// <summary>Base of the executors: knows its task's type.</summary>
public abstract class StageExecutor<TTask> : IStageExecutor
    where TTask : StageTask
{
    /// <inheritdoc/>
    public Type TaskType => typeof(TTask);

    /// <inheritdoc/>
    public void Run(StageTask task, StageFiles files) => Run((TTask)task, files);

    /// <summary>Runs a stage of this kind.</summary>
    protected abstract void Run(TTask task, StageFiles files);
}
