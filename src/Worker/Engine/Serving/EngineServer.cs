using System.Collections.Concurrent;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Stages;
using MlxVideo.Worker.Engine.Channel;

namespace MlxVideo.Worker.Engine.Serving;

/// <summary>Serves an engine to the worker's process over a channel.</summary>
public sealed class EngineServer(EngineChannel channel) : IDisposable
{
    private static readonly TimeSpan MemoryInterval = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<int, ServedCall> _calls = [];
    private Timer? _memoryReports;
    private volatile IEngine? _engine;
    private DeviceMemoryUse? _memory;

    /// <summary>Announces an engine and accepts calls for it.</summary>
    public void Serve(IEngine engine, EngineStarted started)
    {
        _engine = engine;
        engine.ComponentsChanged += change => Send(
            new ResidentChanged { Components = [.. change.Resident], Loaded = change.Loaded, Seconds = change.Seconds });
        Send(started);
        _memoryReports = new Timer(_ => ReportMemory(engine), null, TimeSpan.Zero, MemoryInterval);
    }

    /// <summary>Handles messages on the calling thread until the worker's process closes the channel or ends.</summary>
    public void Listen()
    {
        while (channel.Read() is { } message)
            Handle(message);
    }

    /// <inheritdoc/>
    public void Dispose() => _memoryReports?.Dispose();

    private void Handle(IEngineMessage message)
    {
        switch (message)
        {
            case PrepareComponent prepare:
                Begin(prepare, (engine, _) => engine.PrepareAsync(prepare.Component));
                break;
            case PrepareStage prepare:
                Begin(prepare, (engine, call) => engine.PrepareAsync(Denoise(prepare.StageJson), prepare.Inputs, call.Cancellation.Token));
                break;
            case RunStage run:
                Begin(run, (engine, call) => engine.RunAsync(
                    new StageRun(StageJson.Deserialize(run.StageJson), run.Inputs, run.Outputs, run.Digests),
                    (step, steps) => Send(new CallProgress(run.Call, step, steps)), call.Exchange, call.Cancellation.Token));
                break;
            case RunEvaluations run:
                Begin(run, (engine, call) => engine.RunEvaluationsAsync(
                    new EvaluationsRun(Denoise(run.StageJson), run.Inputs, run.Step, run.Count, run.TokensFile, run.VelocitiesFile),
                    call.Cancellation.Token));
                break;
            case CancelCall cancel:
                if (_calls.TryGetValue(cancel.Call, out var running))
                    running.Cancellation.Cancel();
                break;
            case ICallMessage answer:
                if (_calls.TryGetValue(answer.Call, out var waiting))
                    waiting.Exchange.Answer(answer);
                break;
        }
    }

    private static DenoiseStage Denoise(string json) => (DenoiseStage)StageJson.Deserialize(json);

    /// <summary>Starts a call. It is known before the next message is read, which may cancel it.</summary>
    private void Begin(ICallMessage request, Func<IEngine, ServedCall, Task> run)
    {
        var cancellation = new CancellationTokenSource();
        var call = new ServedCall(cancellation, new RemoteExchange(request.Call, channel, cancellation.Token));
        _calls[request.Call] = call;
        _ = RunAsync(request.Call, call, run);
    }

    private async Task RunAsync(int number, ServedCall call, Func<IEngine, ServedCall, Task> run)
    {
        CallEnded ended;
        try
        {
            await run(_engine!, call);
            ended = new CallEnded(number);
        }
        catch (OperationCanceledException)
        {
            ended = new CallEnded(number, IsCancelled: true);
        }
        catch (Exception ex)
        {
            ended = new CallEnded(
                number, Failure: (ex as StageException)?.Kind ?? FailureKind.Machine, Message: ex.Message, IsOutOfSpace: OutOfSpace.Is(ex));
        }

        _calls.TryRemove(number, out _);
        ReportMemory(_engine!);
        Send(ended);
    }

    private void ReportMemory(IEngine engine)
    {
        if (engine.MemoryUse is not { } memory || memory == Interlocked.Exchange(ref _memory, memory))
            return;
        Send(new MemoryUsed(memory.TensorBytes, memory.DriverBytes));
    }

    private void Send(IEngineMessage message)
    {
        try
        {
            channel.Write(message);
        }
        catch (IOException)
        {
            // The worker's process has ended; this process ends with the next read.
        }
    }

    private sealed record ServedCall(CancellationTokenSource Cancellation, RemoteExchange Exchange);
}
