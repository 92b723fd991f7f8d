namespace MlxVideo.Shared.Stages;

/// <summary>A failed stage. The message is one sentence for the user.</summary>
/// <param name="kind">Decides whether and where the stage is retried.</param>
/// <param name="message">One sentence.</param>
/// <param name="inner">The cause.</param>
public sealed class StageException(FailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Decides whether and where the stage is retried.</summary>
    public FailureKind Kind { get; } = kind;
}
