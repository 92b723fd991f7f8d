using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Errors;

/// <summary>Arguments or input that can't be used: the message says what is wrong and what to do. Exit code 2.</summary>
public sealed class UsageException(string message) : Exception(message), IBadInput;
