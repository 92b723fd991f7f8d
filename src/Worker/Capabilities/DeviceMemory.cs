namespace MlxVideo.Worker.Capabilities;

/// <summary>How much memory the engine may plan with.</summary>
public static class DeviceMemory
{
    /// <summary>
    /// What Metal recommends as its working set: a quarter of the memory, which device and system share, stays with the system.
    /// </summary>
    private const double MetalShare = 0.75;

    private const double OtherShare = 0.9;

    /// <summary>Bytes that weights and activations may take together on this machine.</summary>
    public static long Bytes => BytesOf(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, OperatingSystem.IsMacOS());

    /// <summary>Bytes that weights and activations may take together.</summary>
    /// <param name="physicalBytes">The machine's memory, or what the process may take of it.</param>
    /// <param name="isMac">True for Macs.</param>
    public static long BytesOf(long physicalBytes, bool isMac) => (long)(physicalBytes * (isMac ? MetalShare : OtherShare));
}
