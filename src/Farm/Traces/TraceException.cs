namespace MlxVideo.Farm.Traces;

/// <summary>Thrown when a trace can't be read or parsed; the message names the file, the line and the error.</summary>
public sealed class TraceException(string message, Exception? inner = null) : IOException(message, inner);
