using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Images;

/// <summary>An image file that is missing, damaged or not an image: a fault of the request, not of this machine.</summary>
public sealed class UnreadableImageException(string message, Exception? inner = null) : MediaException(message, inner);
