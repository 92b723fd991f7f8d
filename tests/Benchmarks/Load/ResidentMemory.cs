using System.Diagnostics;
using System.Globalization;

namespace MlxVideo.Benchmarks.Load;

/// <summary>The largest resident set of another process, sampled twice per second and, on Linux, counted by the system.</summary>
public sealed class ResidentMemory : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stopping = new();
    private readonly int _processId;
    private readonly Task _sampling;
    private long _peakBytes;

    private ResidentMemory(int processId)
    {
        _processId = processId;
        _sampling = SampleAsync();
    }

    /// <summary>The peak so far in bytes.</summary>
    public long PeakBytes => Interlocked.Read(ref _peakBytes);

    /// <summary>Starts watching a process, which may end at any time.</summary>
    public static ResidentMemory Watch(int processId) => new(processId);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _sampling;
        _stopping.Dispose();
    }

    private async Task SampleAsync()
    {
        try
        {
            while (true)
            {
                Interlocked.Exchange(ref _peakBytes, Math.Max(PeakBytes, await ReadAsync()));
                await Task.Delay(Interval, _stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The measurement is over.
        }
    }

    /// <returns>0 when the process has ended.</returns>
    private async Task<long> ReadAsync()
    {
        const int Kibibyte = 1024;
        if (OperatingSystem.IsLinux())
        {
            try
            {
                var peak = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{_processId}/status"))
                    .FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
                return peak is null ? 0 : long.Parse(peak.Split(':')[1].Trim().Split(' ')[0], CultureInfo.InvariantCulture) * Kibibyte;
            }
            catch (IOException)
            {
                return 0;
            }
        }

        using var ps = Process.Start(
            new ProcessStartInfo("ps", ["-o", "rss=", "-p", _processId.ToString(CultureInfo.InvariantCulture)])
            {
                RedirectStandardOutput = true,
            })!;
        var text = await ps.StandardOutput.ReadToEndAsync();
        return long.TryParse(text.Trim(), CultureInfo.InvariantCulture, out var kibibytes) ? kibibytes * Kibibyte : 0;
    }
}
