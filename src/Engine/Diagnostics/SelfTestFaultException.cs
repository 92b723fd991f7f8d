using MlxVideo.Shared.Errors;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>Thrown for an invalid fault; the message names the possible values.</summary>
public sealed class SelfTestFaultException(string message) : IOException(message), IBadInput;
