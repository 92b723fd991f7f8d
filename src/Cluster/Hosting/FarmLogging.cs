using Akka.Hosting;
using LogLevel = Akka.Event.LogLevel;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Logging of the actor system.</summary>
public static class FarmLogging
{
    /// <summary>
    /// Sends the actor system's log to the host's log. Broken connections are normal in a farm, and the farm logs them in one sentence; the
    /// transport's stack traces are shown only with <c>--verbose</c>.
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
                .ExcludeSourceContaining("remoting-terminator")
                .ExcludeSourceContaining("TcpServerHandler").ExcludeSourceContaining("TcpClientHandler"));
    });
}
