using System.Globalization;
using System.Runtime.InteropServices;
using MlxVideo.Engine.Models;

namespace MlxVideo.Engine.Metal;

/// <summary>
/// Memory of a Mac's Metal device. Without the allocator's functions, freed tensors stay in its cache until the limits in
/// <c>PYTORCH_MPS_LOW_WATERMARK_RATIO</c> and <c>PYTORCH_MPS_HIGH_WATERMARK_RATIO</c> are reached, which the launcher sets.
/// </summary>
public sealed class MetalMemory : IDeviceMemory
{
    /// <summary>The launcher's value of the high watermark: the share of the working set above which libtorch fails to allocate.</summary>
    internal const double HighWatermark = 0.95;

    private const string HighWatermarkVariable = "PYTORCH_MPS_HIGH_WATERMARK_RATIO";

    /// <summary>libtorch allocates large tensors from heaps of up to 1 GiB, and the unused ends count towards the watermark.</summary>
    private const long Slack = 1L << 30;

    private readonly Func<long> _workingSet;
    private readonly Func<long> _driverBytes;
    private readonly MpsAllocator? _allocator;

    internal MetalMemory(Func<long> workingSet, Func<long> driverBytes, MpsAllocator? allocator) =>
        (_workingSet, _driverBytes, _allocator) = (workingSet, driverBytes, allocator);

    /// <inheritdoc/>
    public long Available => AvailableOf(_workingSet(), Environment.GetEnvironmentVariable(HighWatermarkVariable));

    /// <summary>Returns the bytes below libtorch's limit.</summary>
    /// <param name="workingSet">Bytes that Metal recommends to use at most.</param>
    /// <param name="highWatermark">
    /// libtorch's limit as a share of the working set; 0 for no limit, null or other text for the usual one.
    /// </param>
    internal static long AvailableOf(long workingSet, string? highWatermark)
    {
        var share = double.TryParse(highWatermark, NumberStyles.Float, CultureInfo.InvariantCulture, out var given) && given >= 0
            ? given == 0 ? 1 : Math.Min(given, 1)
            : HighWatermark;
        return Math.Max(0, (long)(workingSet * share) - Slack);
    }

    /// <inheritdoc/>
    public DeviceMemoryUse? Use => new(_allocator?.AllocatedBytes, _driverBytes());

    /// <summary>Bytes that the device of this machine can use without affecting the rest of the system; null off Apple Silicon.</summary>
    public static long? RecommendedWorkingSet =>
        OperatingSystem.IsMacOS() && RuntimeInformation.OSArchitecture == Architecture.Arm64 && MetalDevice.Exists
            ? MetalDevice.RecommendedWorkingSet
            : null;

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
