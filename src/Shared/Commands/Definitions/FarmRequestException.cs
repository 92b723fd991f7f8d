namespace MlxVideo.Shared.Commands.Definitions;

/// <summary>A command that the farm refuses. The message is one sentence: what, where, and what to do.</summary>
public sealed class FarmRequestException(FarmRequestError error, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of refusal.</summary>
    public FarmRequestError Error { get; } = error;
}

/// <summary>Kinds of refusals, with their HTTP statuses.</summary>
public enum FarmRequestError
{
    /// <summary>An argument is missing or invalid.</summary>
    Invalid = 400,

    /// <summary>There is no such batch, row, worker or node.</summary>
    NotFound = 404,

    /// <summary>The farm is in a state that does not allow it.</summary>
    Conflict = 409,

    /// <summary>The farm can't answer at the moment.</summary>
    Busy = 503,
}
