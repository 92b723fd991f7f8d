using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Host setup shared by both daemons.</summary>
public static class DaemonHost
{
    /// <summary>Configures console logging, stopping with the parent process, and the shutdown timeout.</summary>
    public static void ConfigureDaemon(
        this IServiceCollection services, ILoggingBuilder logging, bool verbose, int? parentPid, TimeSpan shutdownTimeout)
    {
        ConfigureLogging(logging, verbose);
        services.Configure<Microsoft.Extensions.Hosting.HostOptions>(options => options.ShutdownTimeout = shutdownTimeout);
        services.AddHostedService<HangupSignal>();
        services.AddHostedService<RepeatedSignal>();
        if (parentPid is { } pid)
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<ParentProcess>(provider, pid));
    }

    /// <summary>Creates the log of what runs beside the host.</summary>
    public static ILoggerFactory CreateLoggerFactory(bool verbose) =>
        LoggerFactory.Create(logging => ConfigureLogging(logging, verbose));

    private static void ConfigureLogging(ILoggingBuilder logging, bool verbose)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.TimestampFormat = "HH:mm:ss ";
            options.ColorBehavior = LoggerColorBehavior.Default;
        });
        logging.SetMinimumLevel(verbose ? LogLevel.Debug : LogLevel.Information);
        logging.AddFilter("Microsoft", verbose ? LogLevel.Information : LogLevel.Warning);
        logging.AddFilter("Akka", verbose ? LogLevel.Information : LogLevel.Error);
        // The host repeats DaemonCommandLine's message with a stack trace.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", verbose ? LogLevel.Information : LogLevel.None);
    }
}
