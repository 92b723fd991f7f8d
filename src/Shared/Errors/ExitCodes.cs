using MlxVideo.Shared.Stages;

namespace MlxVideo.Shared.Errors;

/// <summary>Exit codes of all programs.</summary>
public static class ExitCodes
{
    /// <summary>Success.</summary>
    public const int Done = 0;

    /// <summary>Failure.</summary>
    public const int Failed = 1;

    /// <summary>Arguments, configuration or input that can't be used; nothing was done.</summary>
    public const int BadInput = 2;

    /// <summary>
    /// Stopped by Ctrl-C, as shells count it; other signals have codes of their own (<see cref="Processes.TerminationSignals"/>).
    /// </summary>
    public const int Interrupted = 130;

    /// <summary>The exit code for an exception that ends a program.</summary>
    public static int Of(Exception ex) => ex switch
    {
        IBadInput or StageException { Kind: FailureKind.Input } or StageException { InnerException: IBadInput } => BadInput,
        OperationCanceledException => Interrupted,
        _ => Failed,
    };
}
