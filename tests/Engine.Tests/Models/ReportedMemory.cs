using MlxVideo.Engine.Models;

namespace MlxVideo.Engine.Tests.Models;

/// <summary>Device memory with given sizes, which counts releases.</summary>
internal sealed class ReportedMemory : IDeviceMemory
{
    public int Releases { get; private set; }

    public long Available { get; init; } = long.MaxValue;

    public DeviceMemoryUse? Use { get; init; }

    public void Release() => Releases++;
}
