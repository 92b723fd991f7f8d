namespace MlxVideo.Media.Ffmpeg;

/// <summary>A user's video or audio file can't be read; the message names it.</summary>
public sealed class UnreadableMediaException(string message, Exception? inner = null) : MediaException(message, inner);
