namespace MlxVideo.Farm.Traces;

/// <summary>A trace that can't be read as one: the message names the file, the line and what is wrong in it.</summary>
public sealed class TraceException(string message, Exception? inner = null) : IOException(message, inner);
