using System.CommandLine;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Command-line options and host set-up that both daemons have.</summary>
public static class DaemonOptions
{
    /// <summary><c>--data</c>: the folder that the daemon keeps its files in.</summary>
    public static Option<DirectoryInfo> Data() => new("--data")
    {
        Description = "Folder for the daemon's files; created if missing.",
        Required = true,
    };

    /// <summary><c>--listen</c>: the address to bind.</summary>
    public static Option<IPAddress> Listen() => new("--listen")
    {
        Description = "Address to listen on and to be reached at.",
        DefaultValueFactory = _ => IPAddress.Loopback,
        CustomParser = result =>
        {
            if (IPAddress.TryParse(result.Tokens[0].Value, out var address))
                return address;
            result.AddError($"--listen {result.Tokens[0].Value} is no IP address; give one of this machine's, such as 192.168.1.10.");
            return null;
        },
    };

    /// <summary><c>--trusted-network</c>: allows an address that others can reach, without encryption.</summary>
    public static Option<bool> TrustedNetwork() => new("--trusted-network")
    {
        Description = "Allow --listen on an address that other machines reach. Traffic is neither encrypted nor authenticated: use it only "
            + "on a network where you trust every machine.",
    };

    /// <summary><c>--parent-pid</c>: stop when this process is gone.</summary>
    public static Option<int?> ParentPid()
    {
        var option = NumberOption.OptionalInt("--parent-pid", "Stop when this process is gone.", NumberOption.Between(1, int.MaxValue));
        option.Hidden = true;
        return option;
    }

    /// <summary>The rule of TCP ports; 0 takes a free one.</summary>
    public static string? Port(long port) => NumberOption.Between(0, IPEndPoint.MaxPort)(port);

    /// <summary><c>--verbose</c>: debug logs, and stack traces on errors.</summary>
    public static Option<bool> Verbose() => new("--verbose") { Description = "Log more, and show stack traces." };

    /// <summary>Makes a command refuse addresses that others can reach, unless the network is said to be trusted.</summary>
    public static void RequireLoopbackOrTrust(this Command command, Option<IPAddress> listen, Option<bool> trustedNetwork) =>
        command.Validators.Add(result =>
    {
        if (result.GetResult(listen)?.Tokens is [var token] && IPAddress.TryParse(token.Value, out var address)
            && !IPAddress.IsLoopback(address) && !result.GetValue(trustedNetwork))
        {
            result.AddError(
                $"--listen {address} can be reached by other machines, and the farm's traffic is not encrypted yet: "
                + "add --trusted-network if you trust every machine on that network, or stay on 127.0.0.1 and tunnel.");
        }
    });

    /// <summary>Console logging, the parent watch, and time for draining on shutdown.</summary>
    public static void ConfigureDaemon(
        this IServiceCollection services, ILoggingBuilder logging, bool verbose, int? parentPid, TimeSpan shutdownTimeout)
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
        // repeats what Guard says, with the stack
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", verbose ? LogLevel.Information : LogLevel.None);
        services.Configure<Microsoft.Extensions.Hosting.HostOptions>(options => options.ShutdownTimeout = shutdownTimeout);
        services.AddHostedService<HangupSignal>();
        if (parentPid is { } pid)
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<ParentProcess>(provider, pid));
    }

    /// <summary>Runs a daemon; every fault becomes one sentence on stderr and an exit code: 2 for a data folder that is in use.</summary>
    /// <param name="verbose">True to show stack traces.</param>
    /// <param name="run">The daemon.</param>
    /// <param name="exitCode">The exit code of any other fault; 1 by default.</param>
    public static async Task<int> Guard(bool verbose, Func<Task> run, Func<Exception, int>? exitCode = null)
    {
        try
        {
            await run();
            return 0;
        }
        catch (Exception ex) when (ex is not OutOfMemoryException)
        {
            await Console.Error.WriteLineAsync(verbose ? ex.ToString() : ex.Message);
            return ex is DataFolderInUseException ? ProgramCommand.BadInput : exitCode?.Invoke(ex) ?? 1;
        }
    }
}
