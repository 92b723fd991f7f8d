using MlxVideo.Shared.Stages;

namespace MlxVideo.Shared.Errors;

/// <summary>Exit codes of all programs.</summary>
public static class ExitCodes
{
    public const int Done = 0;

    public const int Failed = 1;

    /// <summary>Unusable arguments, configuration or input; nothing was done.</summary>
    public const int BadInput = 2;

    /// <summary>
    /// Interrupted by Ctrl-C, by the shells' convention; other signals have their own codes (<see cref="Processes.TerminationSignals"/>).
    /// </summary>
    public const int Interrupted = 130;

    /// <summary>Returns the exit code for an unhandled exception.</summary>
    public static int Of(Exception ex) => ex switch
    {
        IBadInput or StageException { Kind: FailureKind.Input } or StageException { InnerException: IBadInput } => BadInput,
        OperationCanceledException => Interrupted,
        _ => Failed,
    };
}
