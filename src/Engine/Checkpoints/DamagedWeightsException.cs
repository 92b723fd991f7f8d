namespace MlxVideo.Engine.Checkpoints;

/// <summary>A weight whose values can't be right although its file is well-formed: the message names both and what to do.</summary>
public sealed class DamagedWeightsException(string message) : IOException(message);
