using System.CommandLine;
using System.Net;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Command-line options common to both daemons.</summary>
/// <param name="section">The configuration section of the daemon.</param>
public sealed class DaemonOptions(string section)
{
    private readonly Option<DirectoryInfo> _data = new("--data")
    {
        Description = "Folder for the daemon's files, created if missing. Settings not given on the command line are read from MLXVIDEO__ "
            + "environment variables and from appsettings.json in this folder.",
        Required = true,
    };

    private readonly Option<int?> _parentPid = ParentPidOption();
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Log more detail and show stack traces." };

    /// <summary>Options that set configuration keys.</summary>
    public ConfigurationArguments Arguments { get; } = new();

    /// <summary>Adds all options to a command.</summary>
    /// <param name="clusterPort">The default port of the node.</param>
    /// <param name="clusterPortDescription">Help text for the port.</param>
    /// <param name="listen">The default address.</param>
    /// <param name="listenDescription">Help text for the address.</param>
    public void AddTo(Command command, int clusterPort, string clusterPortDescription, string listen, string listenDescription)
    {
        Arguments.Begin("Network");
        Arguments.Add($"{section}:ClusterPort", NumberOption.Int("--cluster-port", clusterPortDescription, clusterPort, Port));
        Arguments.Add($"{section}:Listen", new Option<string>("--listen")
        {
            Description = listenDescription,
            DefaultValueFactory = _ => listen,
        });
        Arguments.Add($"{section}:TrustedNetwork", new Option<bool>("--trusted-network")
        {
            Description = "Use no certificates: traffic is neither encrypted nor authenticated, and every machine on the network can act "
                + "as a worker or an operator.",
        });
        command.AddGroups([.. Arguments.Groups, new OptionGroup("Process", _data, _parentPid, _verbose)]);
    }

    /// <summary>Sets the command's action.</summary>
    /// <param name="run">Runs the daemon.</param>
    public void SetAction(Command command, Func<DaemonStart, CancellationToken, Task> run) =>
        SetAction(command, (start, _, cancellationToken) => run(start, cancellationToken));

    /// <summary>Sets the command's action.</summary>
    /// <param name="run">Runs the daemon; also receives the parsed command line.</param>
    public void SetAction(Command command, Func<DaemonStart, ParseResult, CancellationToken, Task> run) =>
        command.SetAction((parsed, cancellationToken) => DaemonCommandLine.GuardAsync(parsed.GetValue(_verbose), () => run(
            new DaemonStart(
                parsed.GetRequiredValue(_data).FullName, Arguments.Read(parsed), parsed.GetValue(_parentPid), parsed.GetValue(_verbose)),
            parsed,
            cancellationToken)));

    /// <summary><c>--parent-pid</c>: the process whose end stops the daemon.</summary>
    private static Option<int?> ParentPidOption()
    {
        var option = NumberOption.OptionalInt("--parent-pid", "Stop when this process ends.", NumberOption.Between(1, int.MaxValue));
        option.Hidden = true;
        return option;
    }

    /// <summary>The rule for TCP ports; 0 selects a free port.</summary>
    public static string? Port(long port) => NumberOption.Between(0, IPEndPoint.MaxPort)(port);
}

/// <summary>A daemon's start parameters.</summary>
/// <param name="DataFolder">Folder for the daemon's files; may not exist yet.</param>
/// <param name="Arguments">Configuration keys given on the command line.</param>
/// <param name="ParentPid">Process whose end stops the daemon; null for none.</param>
/// <param name="Verbose">Enables debug logs and stack traces.</param>
public sealed record DaemonStart(string DataFolder, IReadOnlyDictionary<string, string?> Arguments, int? ParentPid, bool Verbose);
