using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Errors;

/// <summary>What the program's exit codes say.</summary>
public static class ExitCodes
{
    /// <summary>Everything that was asked for was done.</summary>
    public const int Done = 0;

    /// <summary>Something could not be done.</summary>
    public const int Failed = 1;

    /// <summary>Arguments or input that can't be used; nothing was done.</summary>
    public const int BadInput = ProgramCommand.BadInput;

    /// <summary>
    /// Stopped by Ctrl-C, as shells count it; other signals have codes of their own, see <see cref="Shared.Processes.TerminationSignals"/>.
    /// </summary>
    public const int Interrupted = 130;
}
