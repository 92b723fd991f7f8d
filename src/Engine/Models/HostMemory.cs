namespace MlxVideo.Engine.Models;

/// <summary>Main memory, for the CPU and for devices without a better source.</summary>
public sealed class HostMemory : IDeviceMemory
{
    private const double Share = 0.9;

    /// <inheritdoc/>
    public long Available => AvailableOf(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <inheritdoc/>
    public DeviceMemoryUse? Use => null;

    /// <summary>Returns the bytes available to the engine of a machine.</summary>
    /// <param name="physicalBytes">Memory of the machine, or the limit of the process.</param>
    public static long AvailableOf(long physicalBytes) => (long)(physicalBytes * Share);

    /// <inheritdoc/>
    public void Release()
    {
    }
}
