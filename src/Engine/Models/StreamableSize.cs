namespace MlxVideo.Engine.Models;

/// <summary>Size of a component with equal layers, which can be streamed.</summary>
/// <param name="All">Bytes of all weights.</param>
/// <param name="LargestLayer">Bytes of the largest layer.</param>
/// <param name="Layers">Number of layers.</param>
/// <param name="InTransit">Additional copies of a layer while the next one is read and uploaded to a device; 0 on the CPU.</param>
public sealed record StreamableSize(long All, long LargestLayer, int Layers, int InTransit = 0)
{
    /// <summary>Returns the bytes in memory with this many layers, of which the streamed ones change.</summary>
    public long BytesWith(int layers) => All - (LargestLayer * (Layers - layers - InTransit));
}
