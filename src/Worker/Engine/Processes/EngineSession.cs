using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Stages;
using MlxVideo.Worker.Engine.Channel;

namespace MlxVideo.Worker.Engine.Processes;

/// <summary>One engine process, from its start to its end.</summary>
internal sealed class EngineSession : IAsyncDisposable
{
    /// <summary>How long a process with a closed channel may take to end before it is killed.</summary>
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly EngineChannel _channel;
    private readonly EngineOutput _output;
    private readonly Task _copying;
    private readonly Action<string> _log;
    private readonly TimeProvider _time;
    private readonly TimeSpan _stopTimeout;
    private readonly long _killsBefore = SystemMemory.Kills();
    private readonly ConcurrentDictionary<int, EngineCall> _calls = [];
    private readonly TaskCompletionSource<EngineStarted> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private StageException? _failure;
    private int _lastCall;
    private bool _isOverdue;

    /// <param name="process">A started process, owned by this object.</param>
    /// <param name="stopTimeout">How long a cancelled call may take to stop before the process is killed.</param>
    /// <param name="log">Receives the process's output and notices.</param>
    public EngineSession(Process process, TimeSpan stopTimeout, Action<string> log, TimeProvider time)
    {
        (_process, _stopTimeout, _log, _time) = (process, stopTimeout, log, time);
        _output = new EngineOutput(log);
        _copying = _output.CopyAsync(process.StandardError);
        _channel = new EngineChannel(process.StandardOutput.BaseStream, process.StandardInput.BaseStream);
        new Thread(Read) { IsBackground = true, Name = "engine channel" }.Start();
    }

    /// <summary>Raised on the thread that reads the channel; also when the process has ended, with no components.</summary>
    public event Action<ComponentsChanged>? ComponentsChanged;

    public DeviceMemoryUse? MemoryUse { get; private set; }

    /// <summary>True when the process has ended or is about to.</summary>
    public bool HasEnded => Volatile.Read(ref _failure) is not null;

    /// <summary>Starts the engine in the process.</summary>
    /// <exception cref="EngineRefusedException">The engine can't be started.</exception>
    /// <exception cref="StageException">The process ended.</exception>
    public Task<EngineStarted> StartAsync(StartEngine start, CancellationToken cancellationToken)
    {
        Send(start);
        return _started.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Calls the engine.</summary>
    /// <param name="request">Creates the request from the number of the call.</param>
    /// <param name="cancellationToken">Stops the call between two steps, or kills the process when that takes too long.</param>
    public async Task CallAsync(
        Func<int, ICallMessage> request, Action<int, int>? progress, IEvaluationExchange? evaluations, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = new EngineCall(Interlocked.Increment(ref _lastCall), Send, progress, evaluations, cancellationToken);
        lock (_gate)
        {
            if (_failure is not null)
                throw _failure;
            _calls[call.Number] = call;
        }

        try
        {
            Send(request(call.Number));
        }
        catch (InvalidDataException ex)
        {
            _calls.TryRemove(call.Number, out _);
            throw new StageException(FailureKind.Input, ex.Message, ex);
        }

        await using (cancellationToken.Register(() => _ = StopAsync(call)))
            await call.Ended;
    }

    /// <summary>Ends the process; kills it if it is computing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_calls.IsEmpty)
            Kill();
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The process has already ended.
        }

        await Task.WhenAny(_ended.Task, Task.Delay(ExitTimeout, _time));
        Kill();
        await _ended.Task;
        _process.Dispose();
    }

    private async Task StopAsync(EngineCall call)
    {
        Send(new CancelCall(call.Number));
        if (await Task.WhenAny(call.Ended, Task.Delay(_stopTimeout, _time)) == call.Ended)
            return;
        _log(string.Create(CultureInfo.InvariantCulture,
            $"The engine did not stop within {_stopTimeout.TotalSeconds:0.#} s after its stage was cancelled: its process is killed."));
        _isOverdue = true;
        Kill();
    }

    private void Read()
    {
        try
        {
            while (_channel.Read() is { } message)
                Handle(message);
        }
        catch (Exception ex) when (ex is not OutOfMemoryException)
        {
            _log(ex.Message); // the worker must outlive anything that the process sends
            Kill();
        }

        End();
    }

    private void Handle(IEngineMessage message)
    {
        switch (message)
        {
            case EngineStarted started:
                _started.TrySetResult(started);
                break;
            case EngineRefused refused:
                _started.TrySetException(EngineRefusedException.Of(refused));
                break;
            case ResidentChanged change:
                ComponentsChanged?.Invoke(new ComponentsChanged(change.Components, change.Loaded, change.Seconds));
                break;
            case MemoryUsed memory:
                MemoryUse = new DeviceMemoryUse(memory.TensorBytes, memory.DriverBytes);
                break;
            case ICallMessage ofCall when _calls.TryGetValue(ofCall.Call, out var call):
                if (ofCall is CallEnded)
                    _calls.TryRemove(ofCall.Call, out _);
                call.Handle(ofCall);
                break;
        }
    }

    /// <summary>Handles the end of the channel.</summary>
    private void End()
    {
        if (!_process.WaitForExit(ExitTimeout))
        {
            Kill();
            _process.WaitForExit();
        }

        _copying.Wait(ExitTimeout); // processes started by this one may keep its output open
        var end = new EngineEnd(
            _process.ExitCode, !_isOverdue && (SystemMemory.Kills() > _killsBefore || SystemMemory.IsShort()), _output.Summary);
        lock (_gate)
            _failure = end.ToFailure();
        MemoryUse = null;
        ComponentsChanged?.Invoke(new ComponentsChanged([], Loaded: null, Seconds: 0));
        _started.TrySetException(_failure);
        foreach (var call in _calls.Values)
            call.Fail(_failure);
        _calls.Clear();
        _ended.TrySetResult();
    }

    private void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has already ended.
        }
    }

    private void Send(IEngineMessage message)
    {
        try
        {
            _channel.Write(message);
        }
        catch (Exception ex) when (ex is IOException or ObjectDisposedException)
        {
            // The process has ended, which the reading thread notices.
        }
    }
}
