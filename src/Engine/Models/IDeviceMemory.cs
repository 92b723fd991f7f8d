namespace MlxVideo.Engine.Models;

/// <summary>Memory of the engine's device.</summary>
public interface IDeviceMemory
{
    /// <summary>Bytes available to weights and activations together.</summary>
    long Available { get; }

    /// <summary>Current use; null when the device does not report it.</summary>
    DeviceMemoryUse? Use { get; }

    /// <summary>
    /// Returns memory that disposed tensors left in the allocator's cache to the system. Only the computing thread may call it.
    /// </summary>
    void Release();
}

/// <summary>Use of a device's memory by this process.</summary>
/// <param name="TensorBytes">Bytes of live tensors; null when unknown.</param>
/// <param name="DriverBytes">Bytes that the driver holds for the process, including cached ones.</param>
public sealed record DeviceMemoryUse(long? TensorBytes, long DriverBytes);
