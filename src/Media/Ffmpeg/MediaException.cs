namespace MlxVideo.Media.Ffmpeg;

/// <summary>Reading or writing pictures failed; the message is one sentence for the user, with what ffmpeg said where it helps.</summary>
public class MediaException(string message, Exception? inner = null) : IOException(message, inner);
