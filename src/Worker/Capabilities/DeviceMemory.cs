namespace MlxVideo.Worker.Capabilities;

/// <summary>Memory available to the engine.</summary>
public static class DeviceMemory
{
    /// <summary>Metal's recommended working set: device and system share the memory, and a quarter is left to the system.</summary>
    private const double MetalShare = 0.75;

    private const double OtherShare = 0.9;

    /// <summary>Bytes available for weights and activations together on this machine.</summary>
    public static long Bytes => BytesOf(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, OperatingSystem.IsMacOS());

    /// <summary>Returns the bytes available for weights and activations together.</summary>
    /// <param name="physicalBytes">Memory of the machine, or the limit of the process.</param>
    public static long BytesOf(long physicalBytes, bool isMac) => (long)(physicalBytes * (isMac ? MetalShare : OtherShare));
}
