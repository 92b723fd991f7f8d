using System.CommandLine;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Runs the command line of a daemon.</summary>
public static class DaemonCommandLine
{
    /// <summary>The exit code of the command, or <see cref="ProgramCommand.BadInput"/> when the arguments can't be used.</summary>
    /// <param name="daemon">The daemon's command, a verb of the launcher.</param>
    /// <param name="args">The arguments behind the verb.</param>
    public static async Task<int> RunAsync(Command daemon, string[] args)
    {
        var root = ProgramCommand.Root("Makes AI video with LTX-2, on this machine or on a farm of Macs.");
        daemon.Options.Add(new VersionOption());
        root.Subcommands.Add(daemon);
        var parsed = root.Parse([daemon.Name, .. args]);
        return await ProgramCommand.ReportErrorsAsync(parsed)
            ? ProgramCommand.BadInput
            : await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }); // the host handles signals
    }
}
