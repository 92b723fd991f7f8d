using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Clips;

/// <summary>An unusable artefact of a clip: a decoded tile or its audio. The message names the file.</summary>
public sealed class DamagedArtefactException(string message, Exception inner) : MediaException(message, inner);
