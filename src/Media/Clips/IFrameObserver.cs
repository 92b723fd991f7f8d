namespace MlxVideo.Media.Clips;

/// <summary>Sees the frames of a clip while they are encoded.</summary>
public interface IFrameObserver
{
    /// <summary>Called once per frame, in order.</summary>
    /// <param name="rgb">U8 (height, width, 3); valid during the call only.</param>
    void OnFrame(int index, int width, int height, ReadOnlySpan<byte> rgb);
}

/// <summary>Frames that report each read frame to observers.</summary>
internal sealed class ObservedFrames(IRgbFrames frames, IReadOnlyList<IFrameObserver> observers) : IRgbFrames
{
    /// <inheritdoc/>
    public int Width => frames.Width;

    /// <inheritdoc/>
    public int Height => frames.Height;

    /// <inheritdoc/>
    public int Count => frames.Count;

    /// <inheritdoc/>
    public void Read(int index, Span<byte> rgb)
    {
        frames.Read(index, rgb);
        foreach (var observer in observers)
            observer.OnFrame(index, Width, Height, rgb);
    }
}
