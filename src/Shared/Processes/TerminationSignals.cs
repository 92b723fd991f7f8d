using System.Runtime.InteropServices;

namespace MlxVideo.Shared.Processes;

/// <summary>
/// Handles termination requests from the terminal and the system: SIGHUP (closed terminal window), SIGINT (Ctrl-C) and SIGTERM. A signal
/// that was ignored when the process started stays ignored, as <c>nohup</c> requires.
/// </summary>
public sealed class TerminationSignals : IDisposable
{
    private const int ExitCodeOfSignals = 128;

    private readonly Lock _lock = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly CancellationTokenSource _requested = new();
    private readonly TimeSpan _timeToStop;
    private readonly TimeProvider _time;
    private ITimer? _deadline;

    /// <summary>Listens until disposal.</summary>
    /// <param name="timeToStop">
    /// Time to stop after a signal; then the process is terminated by <see cref="Environment.Exit"/>.
    /// </param>
    public TerminationSignals(TimeSpan timeToStop, TimeProvider time)
    {
        (_timeToStop, _time) = (timeToStop, time);
        Register(PosixSignal.SIGHUP, exitCode: ExitCodeOfSignals + 1);
        Register(PosixSignal.SIGINT, exitCode: ExitCodeOfSignals + 2);
        Register(PosixSignal.SIGTERM, exitCode: ExitCodeOfSignals + 15);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Requested => _requested.Token;

    /// <summary>Exit code for the first signal, by the shells' convention 128 plus its number; null before the first signal.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>Calls <paramref name="action"/> on another thread for every SIGHUP.</summary>
    /// <returns>Stops listening when disposed; null when the process ignores SIGHUP.</returns>
    public static IDisposable? OnHangup(Action action) => Listen(PosixSignal.SIGHUP, action);

    /// <summary>Calls <paramref name="action"/> on another thread for every termination signal after the first one.</summary>
    /// <param name="action">Receives the exit code for the signal, by the shells' convention 128 plus its number.</param>
    /// <returns>Stops listening when disposed.</returns>
    public static IDisposable OnRepetition(Action<int> action)
    {
        var count = 0;
        var registrations = new[] { (PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGTERM, 15) }
            .Select(signal => Listen(signal.Item1, () =>
            {
                if (Interlocked.Increment(ref count) > 1)
                    action(ExitCodeOfSignals + signal.Item2);
            })).OfType<IDisposable>().ToList();
        return new Registrations(registrations);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        lock (_lock)
            _deadline?.Dispose();
        _requested.Dispose();
    }

    private void Register(PosixSignal signal, int exitCode)
    {
        if (Listen(signal, () => OnSignal(exitCode)) is { } registration)
            _registrations.Add(registration);
    }

    private static PosixSignalRegistration? Listen(PosixSignal signal, Action action) => SignalDisposition.IsIgnored(signal)
        ? null
        : PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true; // the default action would terminate the process immediately
            action();
        });

    private sealed class Registrations(IReadOnlyList<IDisposable> registrations) : IDisposable
    {
        public void Dispose()
        {
            foreach (var registration in registrations)
                registration.Dispose();
        }
    }

    private void OnSignal(int exitCode)
    {
        lock (_lock)
        {
            if (ExitCode is not null)
                return;
            ExitCode = exitCode;
            _deadline = _time.CreateTimer(_ => Environment.Exit(exitCode), null, _timeToStop, Timeout.InfiniteTimeSpan);
        }

        _requested.Cancel();
    }
}
