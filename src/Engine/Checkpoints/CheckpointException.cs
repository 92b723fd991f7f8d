namespace MlxVideo.Engine.Checkpoints;

/// <summary>Weights that do not fit the model: the message names the file, the keys and what to do.</summary>
public sealed class CheckpointException(string message, Exception? inner = null) : IOException(message, inner);
