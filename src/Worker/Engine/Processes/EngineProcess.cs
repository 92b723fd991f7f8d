using System.ComponentModel;
using System.Diagnostics;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Stages;
using MlxVideo.Worker.Engine.Channel;

namespace MlxVideo.Worker.Engine.Processes;

/// <summary>
/// The engine in a child process. When the process crashes, is killed or hangs, the stage in progress fails and the next one gets a new
/// process. Failed starts are repeated after growing pauses, and reported as the engine's problem until one succeeds.
/// </summary>
/// <param name="start">The first message to each process.</param>
/// <param name="log">Receives the output of the processes, line by line, and notices.</param>
public sealed class EngineProcess(EngineProcessSettings settings, StartEngine start, Action<string> log, TimeProvider time)
    : IEngine, IAsyncDisposable
{
    /// <summary>Maximum time for a process to start after the first; it includes hashing the model if that can't be cached.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _starting = new(1);
    private readonly EngineRestarts _restarts = new(time);
    private readonly CancellationTokenSource _disposal = new();
    private EngineSession? _session;
    private EngineStarted? _first;

    /// <inheritdoc/>
    public event Action<ComponentsChanged>? ComponentsChanged;

    /// <inheritdoc/>
    public event Action<string>? LineWritten;

    /// <inheritdoc/>
    public DeviceMemoryUse? MemoryUse => Volatile.Read(ref _session)?.MemoryUse;

    /// <summary>Starts the first process, and measures this machine with it. Ends a process that an earlier run left behind.</summary>
    /// <exception cref="EngineRefusedException">The engine can't be started, for example because the model is unusable.</exception>
    /// <exception cref="IOException">The process ended.</exception>
    public async Task<EngineStarted> StartAsync(CancellationToken cancellationToken)
    {
        EngineRecord.EndLeftover(settings.DataFolder, log);
        try
        {
            (_session, _first) = await LaunchAsync(start with { Measure = true }, cancellationToken);
            return _first;
        }
        catch (Exception ex) when (ex is StageException or Win32Exception)
        {
            throw new IOException(ex.Message, ex);
        }
    }

    /// <summary>Returns the reason why no process can be started; tries again in the background when its pause has passed.</summary>
    public string? FindProblem()
    {
        if (_restarts.Problem is not null && !_restarts.IsPaused && _starting.CurrentCount > 0)
            _ = RestartAsync();
        return _restarts.Problem;
    }

    /// <inheritdoc/>
    public Task PrepareAsync(ModelComponent component) =>
        CallAsync(call => new PrepareComponent(call, component), null, null, CancellationToken.None);

    /// <inheritdoc/>
    public Task PrepareAsync(DenoiseStage stage, IReadOnlyDictionary<string, string> inputs, CancellationToken cancellationToken) =>
        CallAsync(
            call => new PrepareStage { Call = call, StageJson = StageJson.Serialize(stage), Inputs = new(inputs) }, null, null,
            cancellationToken);

    /// <inheritdoc/>
    public async Task RunAsync(
        StageRun run, Action<int, int> progress, IEvaluationExchange evaluations, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(
                call => new RunStage
                {
                    Call = call,
                    StageJson = StageJson.Serialize(run.Stage),
                    Inputs = new(run.Inputs),
                    Outputs = new(run.Outputs),
                    Digests = new(run.Digests),
                },
                progress, evaluations, cancellationToken);
        }
        catch
        {
            // A process that was killed leaves the file that it was writing.
            foreach (var file in run.Outputs.Values)
                DeletePartial(file);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task RunEvaluationsAsync(EvaluationsRun run, CancellationToken cancellationToken) => CallAsync(
        call => new RunEvaluations
        {
            Call = call,
            StageJson = StageJson.Serialize(run.Stage),
            Inputs = new(run.Inputs),
            Step = run.Step,
            Count = run.Count,
            TokensFile = run.TokensFile,
            VelocitiesFile = run.VelocitiesFile,
        },
        null, null, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _disposal.CancelAsync();
        await _starting.WaitAsync(); // a start in progress ends with the cancellation
        if (_session is { } session)
            await session.DisposeAsync();
        EngineRecord.Delete(settings.DataFolder);
    }

    private static void DeletePartial(string file)
    {
        try
        {
            File.Delete($"{file}.partial");
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // Leftovers are also removed at the worker's next start.
        }
    }

    private async Task CallAsync(
        Func<int, ICallMessage> request, Action<int, int>? progress, IEvaluationExchange? evaluations, CancellationToken cancellationToken)
    {
        var session = await SessionAsync(cancellationToken);
        await session.CallAsync(request, progress, evaluations, cancellationToken);
    }

    /// <summary>Returns the current process, or starts one after the last has ended.</summary>
    private async Task<EngineSession> SessionAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _session) is { HasEnded: false } running)
            return running;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposal.Token);
        await _starting.WaitAsync(stop.Token);
        try
        {
            if (_session is { HasEnded: false } started)
                return started;
            // Not the stage's fault: it is not charged, and the worker gets no other until the problem is gone.
            if (_restarts is { IsPaused: true, Problem: { } problem })
                throw new StageException(FailureKind.Preempted, problem);
            if (Interlocked.Exchange(ref _session, null) is { } former)
                await former.DisposeAsync();
            return _session = await RestartAsync(stop.Token);
        }
        finally
        {
            _starting.Release();
        }
    }

    private async Task RestartAsync()
    {
        try
        {
            await SessionAsync(CancellationToken.None);
        }
        catch (Exception ex) when (ex is StageException or OperationCanceledException)
        {
            // The problem has been recorded, or the worker is being stopped.
        }
    }

    private async Task<EngineSession> RestartAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(StartTimeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            var (session, started) = await LaunchAsync(start, stop.Token);
            if ((started.Model, started.Arithmetic) != (_first?.Model, _first?.Arithmetic))
            {
                await session.DisposeAsync();
                throw new EngineRefusedException(
                    "The model or the device has changed since the worker was started: start the worker again.");
            }

            _restarts.Succeeded();
            return session;
        }
        catch (Exception ex) when (ex is EngineRefusedException or StageException or Win32Exception
            || (ex is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            var problem = ex is OperationCanceledException ? "The engine process did not start in time." : ex.Message;
            _restarts.Failed(problem);
            throw new StageException(FailureKind.Preempted, problem, ex);
        }
    }

    private void Log(string line)
    {
        log(line);
        LineWritten?.Invoke(line);
    }

    private async Task<(EngineSession Session, EngineStarted Started)> LaunchAsync(StartEngine message, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString("N");
        var info = new ProcessStartInfo(settings.Program, [.. settings.Arguments, id])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment["DOTNET_EnableDiagnostics"] = "0"; // diagnostic sockets would outlive a killed process
        var process = Process.Start(info)!;
        EngineRecord.Write(settings.DataFolder, process, id);
        var session = new EngineSession(process, settings.StopTimeout, Log, time);
        session.ComponentsChanged += change => ComponentsChanged?.Invoke(change);
        try
        {
            return (session, await session.StartAsync(message, cancellationToken));
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }
}
