using Akka.Hosting;
using LogLevel = Akka.Event.LogLevel;

namespace MlxVideo.Cluster.Hosting;

/// <summary>The actor system's log.</summary>
public static class FarmLogging
{
    /// <summary>
    /// Sends it to the host's log. Broken connections are part of a farm's life and are logged by the farm in a sentence of its
    /// own: the transport's stack traces are shown with <c>--verbose</c> only.
    /// </summary>
    public static AkkaConfigurationBuilder WithFarmLogging(this AkkaConfigurationBuilder builder, bool verbose) =>
        builder.ConfigureLoggers(loggers =>
    {
        loggers.ClearLoggers();
        loggers.AddLoggerFactory();
        loggers.LogLevel = verbose ? LogLevel.InfoLevel : LogLevel.WarningLevel;
        if (!verbose)
            loggers.WithLogFilter(filter => filter
                .ExcludeSourceContaining("/system/endpointManager").ExcludeSourceContaining("/system/transports")
                .ExcludeSourceContaining("remoting-terminator"));
    });
}
