using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Clips;

/// <summary>A failure of ffmpeg to encode a clip.</summary>
public sealed class ClipEncodingException(string message, bool isDiskFull, Exception inner) : MediaException(message, inner)
{
    /// <summary>True when the disk was full.</summary>
    public bool IsDiskFull { get; } = isDiskFull;
}
