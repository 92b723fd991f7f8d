namespace MlxVideo.Engine.Checkpoints;

/// <summary>A weight with impossible values in a well-formed file. The message names the file, the weight and the remedy.</summary>
public sealed class DamagedWeightsException(string message) : IOException(message);
