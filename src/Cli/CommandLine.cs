using System.CommandLine;
using MlxVideo.Cli.Chaos;
using MlxVideo.Cli.Completion;
using MlxVideo.Cli.Demo;
using MlxVideo.Cli.Doctor;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Farm;
using MlxVideo.Cli.Generate;
using MlxVideo.Cli.Models;
using MlxVideo.Cli.Simulate;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Processes;

namespace MlxVideo.Cli;

/// <summary>The verbs of <c>mlx-video</c>, and error handling for them; <c>DaemonCommandLine</c> does the same for the daemons.</summary>
public static class CommandLine
{
    /// <summary>Maximum time for an interrupted verb to stop what it started.</summary>
    private static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Runs a command line and returns its exit code (<see cref="ExitCodes"/>). Stack traces appear only with <c>--verbose</c>.
    /// </summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var verbose = new Option<bool>("--verbose") { Description = "Show stack traces.", Recursive = true };
        var root = Create(verbose);
        if (Completions.TryWrite(root, args, Console.Out))
            return ExitCodes.Done;
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        if (await ProgramCommand.ReportErrorsAsync(parsed))
            return ExitCodes.BadInput;

        using var signals = new TerminationSignals(TimeToStop, TimeProvider.System);
        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, signals.Requested);
        }
        catch (Exception ex) when (ex is not OutOfMemoryException)
        {
            // The signal also reaches child processes of the verb, so their failure is part of the interruption.
            var told = signals.ExitCode is null ? ex : new OperationCanceledException(ex.Message, ex);
            await TellAsync(parsed.GetValue(verbose) ? ex.ToString() : ErrorMessages.Describe(told));
            return signals.ExitCode ?? ExitCodes.Of(ex);
        }
    }

    /// <summary>Writes to standard error; ignores failures, because the terminal may be closed.</summary>
    private static async Task TellAsync(string sentence)
    {
        try
        {
            await Console.Error.WriteLineAsync(sentence);
        }
        catch (IOException)
        {
            // The exit code reports the error too.
        }
    }

    /// <summary>Creates the root command with its verbs.</summary>
    internal static Command Create(Option<bool> verbose)
    {
        var root = ProgramCommand.Root(
            "Generates AI video with LTX-2, on this machine or on a farm of Macs. "
            + "The launcher ./mlx-video also provides: coordinator, worker, setup, build, dotnet, test, bench.");
        root.Options.Add(verbose);
        Command[] verbs =
        [
            DemoCommand.Create(Verdicts), GenerateCommand.Create(Verdicts), FarmCommandGroup.Create(), ModelCommand.Create(),
            SimulateCommand.Create(), DoctorCommand.Create(Verdicts), ChaosCommand.Create(), CompletionCommand.Create(),
        ];
        foreach (var verb in verbs)
            root.Subcommands.Add(verb);
        return root;
    }

    /// <summary>Creates the verdicts on devices; their self-tests run in a child process of this program.</summary>
    private static DeviceVerdicts Verdicts()
    {
        var program = DotnetHost.CommandOf(typeof(CommandLine).Assembly);
        return DeviceVerdicts.OfUser(new SelfTestProcess(program.Program, program.Arguments, TimeProvider.System));
    }
}
