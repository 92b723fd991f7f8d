using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Resuming;

/// <summary>
/// Saves the state of one denoise stage's loop, and restores the state that an interrupted run of the same stage saved. The remaining
/// steps then give the same bits as an undisturbed run. Not safe for concurrent use.
/// </summary>
public sealed class ResumePoint
{
    /// <summary>Maximum share of the computing time that saving takes.</summary>
    private const double MaxCost = 0.02;

    private readonly string _file;
    private readonly string _key;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly Action<string> _notice;
    private int _saved;
    private long _savedAt;
    private long _steppedAt;
    private TimeSpan _cost;
    private bool _isUnwritable;

    /// <param name="file">The file of the stage; need not exist.</param>
    /// <param name="key">Identifies the stage with everything that affects its bits.</param>
    /// <param name="interval">Computing time that an interruption may cost, unless a single step takes longer.</param>
    /// <param name="notice">Receives a sentence for the user when the state can't be saved.</param>
    internal ResumePoint(string file, string key, TimeSpan interval, TimeProvider time, Action<string> notice)
    {
        (_file, _key, _interval, _time, _notice) = (file, key, interval, time, notice);
        Done = _saved = LoopStateFile.Verify(file, key) ?? 0;
        _savedAt = _steppedAt = time.GetTimestamp();
    }

    /// <summary>Number of steps that an interrupted run has finished and saved; 0 when there was none.</summary>
    public int Done { get; }

    /// <summary>
    /// Returns the saved state, which belongs to the current dispose scope; null when there is none. Called before the first step.
    /// </summary>
    public LoopState? Load()
    {
        _savedAt = _steppedAt = _time.GetTimestamp();
        try
        {
            return Done > 0 ? LoopStateFile.Read(_file, Done) : null;
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or SafetensorsException)
        {
            return null;
        }
    }

    /// <summary>Called after each step except the last; saves the state when that is due.</summary>
    public void Stepped(LoopState state)
    {
        var (now, unsaved) = (_time.GetTimestamp(), _time.GetElapsedTime(_savedAt));
        var step = _time.GetElapsedTime(_steppedAt, now);
        _steppedAt = now;
        if (unsaved + step > _interval && unsaved * MaxCost >= _cost)
            Save(state);
    }

    /// <summary>Called when the loop is cancelled between two steps; saves the state unless that has been done.</summary>
    public void Interrupted(LoopState state)
    {
        if (state.Done > _saved)
            Save(state);
    }

    /// <summary>Removes the saved state once the stage is done.</summary>
    public void Delete()
    {
        try
        {
            File.Delete(_file);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // Old files are removed when another one is written.
        }
    }

    private void Save(LoopState state)
    {
        if (_isUnwritable)
            return;
        using var scope = TensorScope.OpenOnHost();
        var onHost = LoopStateFile.ToHost(state); // not a cost of saving: waits until the device has computed the step
        var began = _time.GetTimestamp();
        try
        {
            LoopStateFile.Write(_file, _key, onHost);
            _saved = state.Done;
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            _isUnwritable = true;
            _notice($"The state of a denoise stage can't be saved ({ex.Message.TrimEnd('.')}); the stage continues without.");
        }

        _savedAt = _steppedAt = _time.GetTimestamp();
        _cost = _time.GetElapsedTime(began, _savedAt);
    }
}
