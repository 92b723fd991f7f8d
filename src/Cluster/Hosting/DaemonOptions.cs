using System.CommandLine;
using System.Net;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Command-line options that both daemons have.</summary>
/// <param name="section">The configuration section of the daemon.</param>
public sealed class DaemonOptions(string section)
{
    private readonly Option<DirectoryInfo> _data = new("--data")
    {
        Description = "Folder for the daemon's files, created if missing. An appsettings.json in it sets what the command line leaves out.",
        Required = true,
    };

    private readonly Option<int?> _parentPid = ParentPidOption();
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Write more to the log, and show stack traces." };

    /// <summary>Options that set configuration keys.</summary>
    public ConfigurationArguments Arguments { get; } = new();

    /// <summary>Adds all options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="clusterPort">The default port of the node.</param>
    /// <param name="clusterPortDescription">What the port is for.</param>
    public void AddTo(Command command, int clusterPort, string clusterPortDescription)
    {
        Arguments.Begin("Network");
        Arguments.Add($"{section}:ClusterPort", NumberOption.Int("--cluster-port", clusterPortDescription, clusterPort, Port));
        Arguments.Add($"{section}:Listen", new Option<string>("--listen")
        {
            Description = "IP address to listen on, at which other machines reach this one.",
            DefaultValueFactory = _ => "127.0.0.1",
        });
        Arguments.Add($"{section}:TrustedNetwork", new Option<bool>("--trusted-network")
        {
            Description = "Allow --listen on an address that other machines reach. Traffic is neither encrypted nor authenticated: use it "
                + "only on a network where you trust every machine.",
        });
        command.AddGroups([.. Arguments.Groups, new OptionGroup("Process", _data, _parentPid, _verbose)]);
    }

    /// <summary>Sets what the command does.</summary>
    /// <param name="command">The command.</param>
    /// <param name="run">The daemon.</param>
    public void SetAction(Command command, Func<DaemonStart, CancellationToken, Task> run) =>
        SetAction(command, (start, _, cancellationToken) => run(start, cancellationToken));

    /// <summary>Sets what the command does.</summary>
    /// <param name="command">The command.</param>
    /// <param name="run">The daemon; receives its command line too.</param>
    public void SetAction(Command command, Func<DaemonStart, ParseResult, CancellationToken, Task> run) =>
        command.SetAction((parsed, cancellationToken) => DaemonCommandLine.GuardAsync(parsed.GetValue(_verbose), () => run(
            new DaemonStart(
                parsed.GetRequiredValue(_data).FullName, Arguments.Read(parsed), parsed.GetValue(_parentPid), parsed.GetValue(_verbose)),
            parsed,
            cancellationToken)));

    /// <summary><c>--parent-pid</c>: the process to stop with.</summary>
    private static Option<int?> ParentPidOption()
    {
        var option = NumberOption.OptionalInt("--parent-pid", "Stop when this process ends.", NumberOption.Between(1, int.MaxValue));
        option.Hidden = true;
        return option;
    }

    /// <summary>The rule of TCP ports; 0 takes a free one.</summary>
    public static string? Port(long port) => NumberOption.Between(0, IPEndPoint.MaxPort)(port);
}

/// <summary>How a daemon was started.</summary>
/// <param name="DataFolder">Folder for its files; may not exist yet.</param>
/// <param name="Arguments">Configuration keys given on the command line.</param>
/// <param name="ParentPid">The process to stop with; null for none.</param>
/// <param name="Verbose">Debug logs and stack traces.</param>
public sealed record DaemonStart(string DataFolder, IReadOnlyDictionary<string, string?> Arguments, int? ParentPid, bool Verbose);
