using System.Net;
using Microsoft.Extensions.Logging;

namespace MlxVideo.Cluster.Security;

/// <summary>
/// Logs refused connections and requests: each kind once per source and minute, because a hostile or misconfigured machine must not fill
/// the disk. Its memory is bounded. Safe for concurrent use.
/// </summary>
public sealed partial class RefusalLog(TimeProvider time, ILogger<RefusalLog> log)
{
    private const int MaxEntries = 1000;
    private const string Others = "other machines";
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Source, string Kind), Entry> _entries = [];

    /// <summary>Records a refusal.</summary>
    /// <param name="source">Address of the other end; a port is ignored.</param>
    /// <param name="kind">What was refused, for example <c>request</c>.</param>
    /// <param name="reason">The reason as part of a sentence.</param>
    public void Add(string source, string kind, string reason)
    {
        source = HostOf(source);
        long repeated;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_entries.Count >= MaxEntries && !_entries.ContainsKey((source, kind)))
            {
                foreach (var (key, old) in _entries.Where(entry => time.GetElapsedTime(entry.Value.LoggedAt, now) >= Interval).ToList())
                    _entries.Remove(key);
                if (_entries.Count >= MaxEntries)
                    source = Others;
            }

            if (_entries.TryGetValue((source, kind), out var known) && time.GetElapsedTime(known.LoggedAt, now) < Interval)
            {
                known.Repeated++;
                return;
            }

            repeated = known?.Repeated ?? 0;
            _entries[(source, kind)] = new Entry(now);
        }

        if (repeated == 0)
            LogRefused(kind, source, reason);
        else
            LogRefusedAgain(kind, source, reason, repeated);
    }

    private static string HostOf(string source) =>
        IPEndPoint.TryParse(source, out var end)
            ? (end.Address.IsIPv4MappedToIPv6 ? end.Address.MapToIPv4() : end.Address).ToString()
            : source.LastIndexOf(':') is > 0 and var colon ? source[..colon] : source;

    [LoggerMessage(EventId = 3001, Level = LogLevel.Warning, Message = "Refused a {Kind} from {Source}: {Reason}.")]
    private partial void LogRefused(string kind, string source, string reason);

    [LoggerMessage(
        EventId = 3002, Level = LogLevel.Warning,
        Message = "Refused a {Kind} from {Source}: {Reason}. {Repeated} more were refused before.")]
    private partial void LogRefusedAgain(string kind, string source, string reason, long repeated);

    private sealed class Entry(long loggedAt)
    {
        public long LoggedAt { get; } = loggedAt;

        public long Repeated { get; set; }
    }
}
