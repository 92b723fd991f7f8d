using System.CommandLine;
using MlxVideo.Cli.Demo;
using MlxVideo.Cli.Farm;
using MlxVideo.Cli.Generate;
using MlxVideo.Cli.Models;

namespace MlxVideo.Cli;

/// <summary>The verbs of <c>mlx-video</c>, and what becomes of their faults.</summary>
public static class CommandLine
{
    /// <summary>Exit code for arguments or input that can't be used.</summary>
    public const int BadInput = 2;

    private const int Failed = 1;
    private const int Interrupted = 130;

    /// <summary>Runs a command line to its exit code. Faults are one sentence on stderr; stack traces only with <c>--verbose</c>.</summary>
    public static async Task<int> Run(string[] args)
    {
        var verbose = new Option<bool>("--verbose") { Description = "Show stack traces.", Recursive = true };
        var parsed = Create(verbose).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync(error.Message);
            await Console.Error.WriteLineAsync("Add --help for what can be given.");
            return BadInput;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Interrupted.");
            return Interrupted;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            await Console.Error.WriteLineAsync(parsed.GetValue(verbose) ? fault.ToString() : fault.Message);
            return fault is UsageException ? BadInput : Failed;
        }
    }

    private static RootCommand Create(Option<bool> verbose) => new("Makes AI video with LTX-2, on this machine or on a farm of Macs.")
    {
        DemoCommand.Create(),
        FarmCommand.Create(),
        GenerateCommand.Create(),
        ModelCommand.Create(),
        verbose,
    };
}

/// <summary>Arguments or input that can't be used: the message says what is wrong and what to do.</summary>
public sealed class UsageException(string message) : Exception(message);
