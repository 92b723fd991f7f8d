using MlxVideo.Engine.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Metal;

/// <summary>Selects the source of a device's memory sizes.</summary>
public static class DeviceMemory
{
    /// <summary>Returns the memory of a device.</summary>
    /// <param name="useAllocator">Whether the self-test approved the functions of libtorch's allocator; only for Metal.</param>
    public static IDeviceMemory Of(Device device, bool useAllocator = false) =>
        device.type == DeviceType.MPS ? MetalMemory.OfThisMac(useAllocator) : new HostMemory();
}
