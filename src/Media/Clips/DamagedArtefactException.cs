using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Clips;

/// <summary>A decoded tile or a sound can't be used for its clip; the message names the file.</summary>
public sealed class DamagedArtefactException(string message, Exception inner) : MediaException(message, inner);
