namespace MlxVideo.Media.Clips;

/// <summary>The frames of a clip, produced one at a time.</summary>
public interface IRgbFrames
{
    /// <summary>Width in pixels.</summary>
    int Width { get; }

    /// <summary>Height in pixels.</summary>
    int Height { get; }

    /// <summary>Number of frames.</summary>
    int Count { get; }

    /// <summary>Writes frame <paramref name="index"/> to <paramref name="rgb"/>: U8 (Height, Width, 3).</summary>
    void Read(int index, Span<byte> rgb);
}
