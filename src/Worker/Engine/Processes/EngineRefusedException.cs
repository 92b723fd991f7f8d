using MlxVideo.Shared.Errors;
using MlxVideo.Worker.Engine.Channel;

namespace MlxVideo.Worker.Engine.Processes;

/// <summary>
/// The engine can't be started, for example because the model is unusable. The message is one sentence for the worker's owner.
/// </summary>
public class EngineRefusedException(string message) : Exception(message)
{
    internal static EngineRefusedException Of(EngineRefused refused) =>
        refused.IsBadInput ? new EngineInputException(refused.Reason) : new EngineRefusedException(refused.Reason);
}

/// <summary>The engine can't be started because of arguments, files or settings that the owner must correct.</summary>
public sealed class EngineInputException(string message) : EngineRefusedException(message), IBadInput;
