using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Images;

/// <summary>An image file that is missing, damaged or no image; the fault lies in the request, not in this machine.</summary>
public sealed class UnreadableImageException(string message, Exception? inner = null) : MediaException(message, inner);
