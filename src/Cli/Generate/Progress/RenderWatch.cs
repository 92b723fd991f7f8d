using MlxVideo.Engine.Rendering;

namespace MlxVideo.Cli.Generate.Progress;

/// <summary>Measures the stages of a clip and passes the measurements on to observers.</summary>
internal sealed class RenderWatch(TimeProvider time, IReadOnlyList<IRenderObserver> observers)
{
    private RenderProgress? _last;
    private long _stageStart;
    private long _phaseStart;

    /// <summary>Receives the progress of the renderer.</summary>
    public void Report(RenderProgress progress)
    {
        if (_last?.Index != progress.Index)
        {
            EndStage();
            _stageStart = time.GetTimestamp();
            if (_last?.Stage.GetType() != progress.Stage.GetType())
                _phaseStart = _stageStart;
        }

        _last = progress;
        foreach (var observer in observers)
            observer.OnStep(new RenderStep(progress, time.GetElapsedTime(_stageStart), time.GetElapsedTime(_phaseStart)));
    }

    /// <summary>Ends the last stage. Must be called when the clip is complete.</summary>
    public void Complete()
    {
        EndStage();
        _last = null;
    }

    private void EndStage()
    {
        if (_last is null)
            return;
        foreach (var observer in observers)
            observer.OnStageEnded(_last.Stage, time.GetElapsedTime(_stageStart));
    }
}
