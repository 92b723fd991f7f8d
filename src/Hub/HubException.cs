using MlxVideo.Shared.Errors;

namespace MlxVideo.Hub;

/// <summary>
/// A request to the hub or a name that can't work until the user changes something: a token, a licence, a name, the disk. The message
/// says what. Failures of the network are <see cref="IOException"/>s.
/// </summary>
public sealed class HubException(string message, Exception? inner = null) : IOException(message, inner), IBadInput;
