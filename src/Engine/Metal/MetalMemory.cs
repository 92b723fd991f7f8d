using System.Runtime.InteropServices;
using MlxVideo.Engine.Models;

namespace MlxVideo.Engine.Metal;

/// <summary>
/// Memory of a Mac's Metal device. Without the allocator's functions, freed tensors stay in its cache until the limits in
/// <c>PYTORCH_MPS_LOW_WATERMARK_RATIO</c> and <c>PYTORCH_MPS_HIGH_WATERMARK_RATIO</c> are reached, which the launcher sets.
/// </summary>
public sealed class MetalMemory : IDeviceMemory
{
    private readonly Func<long> _workingSet;
    private readonly Func<long> _driverBytes;
    private readonly MpsAllocator? _allocator;

    internal MetalMemory(Func<long> workingSet, Func<long> driverBytes, MpsAllocator? allocator) =>
        (_workingSet, _driverBytes, _allocator) = (workingSet, driverBytes, allocator);

    /// <inheritdoc/>
    public long Available => _workingSet();

    /// <inheritdoc/>
    public DeviceMemoryUse? Use => new(_allocator?.AllocatedBytes, _driverBytes());

    /// <summary>Bytes that the device of this machine can use without affecting the rest of the system; null off Apple Silicon.</summary>
    public static long? RecommendedWorkingSet =>
        OperatingSystem.IsMacOS() && RuntimeInformation.OSArchitecture == Architecture.Arm64 ? MetalDevice.RecommendedWorkingSet : null;

    /// <summary>Returns the memory of this Mac's device.</summary>
    /// <param name="useAllocator">
    /// Whether the self-test found the allocator's undocumented functions to work; their failure would end the process.
    /// </param>
    public static MetalMemory OfThisMac(bool useAllocator) => new(
        () => MetalDevice.RecommendedWorkingSet, () => MetalDevice.AllocatedBytes,
        useAllocator ? MpsAllocator.Find(TorchSharp.torch.__version__) : null);

    /// <inheritdoc/>
    public void Release() => _allocator?.EmptyCache();
}
