namespace MlxVideo.Shared.Api;

/// <summary>Events without data that the coordinator sends in a stream while there is nothing else to send.</summary>
public static class StreamHeartbeat
{
    /// <summary>Type of the event; clients ignore events of unknown types.</summary>
    public const string EventType = "heartbeat";

    /// <summary>Interval of the events.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    /// <summary>Time without any event after which a client considers the connection lost.</summary>
    public static readonly TimeSpan Timeout = 4 * Interval;
}
