using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging;

namespace MlxVideo.Cluster.Discovery;

/// <summary>Advertises a coordinator in the local network until it is disposed of.</summary>
public sealed partial class FarmAdvertiser : IAsyncDisposable
{
    /// <summary>Maximum length of a label in DNS.</summary>
    private const int MaxNameBytes = 63;

    /// <summary>Runs a command until standard input ends: the program must not outlive a coordinator that was killed.</summary>
    private const string Script = """
        exec 3<&0
        "$@" < /dev/null > /dev/null &
        program=$!
        { read -r _ <&3; kill "$program"; } > /dev/null 2>&1 &
        wait "$program"
        """;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LaterPause = TimeSpan.FromSeconds(30);

    /// <summary>A program that has run for this long has advertised the farm: its end is a new failure.</summary>
    private static readonly TimeSpan SoundRun = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop;
    private readonly IReadOnlyList<string> _command;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Task _running;

    private FarmAdvertiser(IReadOnlyList<string> command, TimeProvider time, ILogger log, CancellationToken cancellationToken)
    {
        (_command, _time, _log, _stop) = (command, time, log, CancellationTokenSource.CreateLinkedTokenSource(cancellationToken));
        _running = RunAsync();
    }

    /// <summary>Starts advertising.</summary>
    /// <param name="version">Version of the program.</param>
    /// <param name="cancellationToken">Ends the advertisement early.</param>
    public static FarmAdvertiser Start(
        MdnsProgram program, FarmAdvertisement farm, string version, TimeProvider time, ILogger log, CancellationToken cancellationToken)
    {
        var name = $"mlx-video {Environment.MachineName}";
        while (Encoding.UTF8.GetByteCount(name) > MaxNameBytes)
            name = name[..^1];
        return new FarmAdvertiser(program.RegisterCommand(name, farm, version), time, log, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        for (var failures = 1; !_stop.IsCancellationRequested; failures++)
        {
            var began = _time.GetTimestamp();
            var fault = await RegisterAsync();
            if (_time.GetElapsedTime(began) > SoundRun)
                failures = 1;
            // Only the second failure counts: the first may be a restart of the responder, or Ctrl-C, which reaches the program as well.
            if (failures == 2 && !_stop.IsCancellationRequested)
                LogNotAdvertised(_log, fault);
            await Task.Delay(failures == 1 ? FirstPause : LaterPause, _time, _stop.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Runs the program until it ends or this object is disposed of, and returns why it ended.</summary>
    private async Task<string> RegisterAsync()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", .. _command])
            {
                RedirectStandardInput = true,
                RedirectStandardError = true,
            })!;
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            return (await error).TrimEnd().Split('\n')[^1];
        }
        catch (Exception ex) when (ex is Win32Exception or IOException)
        {
            return ex.Message;
        }
    }

    /// <summary>Logs that the system lacks the program.</summary>
    [LoggerMessage(
        EventId = 3012, Level = LogLevel.Information, Message = "Workers find this coordinator only with --join, because {Reason}")]
    public static partial void LogUnavailable(ILogger log, string reason);

    [LoggerMessage(EventId = 3011, Level = LogLevel.Warning, Message = "Workers find this coordinator only with --join: {Reason}")]
    private static partial void LogNotAdvertised(ILogger log, string reason);
}
