using MlxVideo.Shared.Errors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>Weights that do not fit the model. The message names the file, the keys and the remedy.</summary>
public sealed class CheckpointException(string message, Exception? inner = null) : IOException(message, inner), IBadInput;
