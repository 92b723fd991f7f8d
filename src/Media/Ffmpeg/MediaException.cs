namespace MlxVideo.Media.Ffmpeg;

/// <summary>A failure to read or write media. The message is one sentence for the user, with ffmpeg's error where useful.</summary>
public class MediaException(string message, Exception? inner = null) : IOException(message, inner);
