using System.CommandLine;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Runs the command line of a daemon.</summary>
public static class DaemonCommandLine
{
    /// <summary>Runs the command and returns its exit code (<see cref="ExitCodes"/>).</summary>
    /// <param name="daemon">The daemon's command, a verb of the launcher.</param>
    /// <param name="args">The arguments after the verb.</param>
    public static async Task<int> RunAsync(Command daemon, string[] args)
    {
        var root = ProgramCommand.Root("Generates AI video with LTX-2, on this machine or on a farm of Macs.");
        daemon.Options.Add(new VersionOption());
        root.Subcommands.Add(daemon);
        if (Completions.TryWrite(root, args, Console.Out))
            return ExitCodes.Done;
        var parsed = root.Parse([daemon.Name, .. args]);
        return await ProgramCommand.ReportErrorsAsync(parsed)
            ? ExitCodes.BadInput
            : await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }); // the host handles signals
    }

    /// <summary>Runs a daemon and converts exceptions to a message on stderr and an exit code.</summary>
    internal static async Task<int> GuardAsync(bool verbose, Func<Task> run)
    {
        try
        {
            await run();
            return ExitCodes.Done;
        }
        catch (Exception ex) when (ex is not OutOfMemoryException)
        {
            await Console.Error.WriteLineAsync(verbose ? ex.ToString() : InvalidConfigurationException.Describe(ex) ?? ex.Message);
            return InvalidConfigurationException.Describe(ex) is null ? ExitCodes.Of(ex) : ExitCodes.BadInput;
        }
    }
}
