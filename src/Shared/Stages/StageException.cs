namespace MlxVideo.Shared.Stages;

/// <summary>The failure of a stage. The message is one sentence for the user.</summary>
public sealed class StageException(FailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Determines whether and where the stage is retried.</summary>
    public FailureKind Kind { get; } = kind;

    /// <summary>Names of the inputs that are missing or damaged, for <see cref="FailureKind.MissingInput"/>.</summary>
    public IReadOnlyList<string> MissingInputs { get; init; } = [];
}
