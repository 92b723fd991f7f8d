using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Clips;

/// <summary>ffmpeg could not encode a clip.</summary>
public sealed class ClipEncodingException(string message, bool isDiskFull, Exception inner) : MediaException(message, inner)
{
    /// <summary>True when there was no room for it.</summary>
    public bool IsDiskFull { get; } = isDiskFull;
}
