using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Errors;

/// <summary>Thrown for invalid arguments or input; the message states the problem and the remedy. Exit code 2.</summary>
public sealed class UsageException(string message) : Exception(message), IBadInput;
