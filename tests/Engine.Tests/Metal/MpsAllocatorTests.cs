using System.Globalization;
using System.Runtime.InteropServices;
using MlxVideo.Engine.Metal;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Metal;

/// <summary>The calls through libtorch's table of methods, against a table in native memory with the layout of libtorch 2.10.0.</summary>
public sealed class MpsAllocatorTests : IDisposable
{
    private const int Slots = 30;

    private readonly List<string> _calls = [];
    private readonly List<Delegate> _methods = [];
    private readonly nint _table = Marshal.AllocHGlobal(Slots * nint.Size);
    private readonly nint _object = Marshal.AllocHGlobal(nint.Size);

    public MpsAllocatorTests()
    {
        Marshal.WriteIntPtr(_object, _table);
        for (var slot = 0; slot < Slots; slot++)
        {
            var number = slot;
            Delegate method = slot is 24 or 25 or 26
                ? new MpsAllocator.SizeMethod(self => Called(self, number))
                : new MpsAllocator.VoidMethod(self => Called(self, number));
            _methods.Add(method);
            Marshal.WriteIntPtr(_table, slot * nint.Size, Marshal.GetFunctionPointerForDelegate(method));
        }
    }

    public void Dispose()
    {
        Marshal.FreeHGlobal(_object);
        Marshal.FreeHGlobal(_table);
        GC.KeepAlive(_methods);
    }

    [Fact]
    public void Release_waits_for_the_queue_and_then_empties_the_cache()
    {
        new MetalMemory(() => 1, () => 2, new MpsAllocator(_object)).Release();
        Assert.Equal(["19", "23"], _calls);
    }

    [Fact]
    public void Sizes_come_from_the_allocator_and_the_device()
    {
        var memory = new MetalMemory(() => 1000, () => 77, new MpsAllocator(_object));
        Assert.Equal(new DeviceMemoryUse(TensorBytes: 2400, DriverBytes: 77), memory.Use);
        Assert.Equal(2500, new MpsAllocator(_object).DriverBytes);
        Assert.Equal(new DeviceMemoryUse(TensorBytes: null, DriverBytes: 77), new MetalMemory(() => 1000, () => 77, null).Use);
    }

    [Theory]
    [InlineData(null, 0.95)]
    [InlineData("0.8", 0.8)]
    [InlineData("0", 1)] // no limit
    [InlineData("1.7", 1)]
    [InlineData("much", 0.95)]
    public void Available_memory_stays_below_the_limit_of_libtorch(string? watermark, double share)
    {
        const long workingSet = 48L << 30;
        Assert.Equal((long)(workingSet * share) - (1L << 30), MetalMemory.AvailableOf(workingSet, watermark));
        Assert.Equal(0, MetalMemory.AvailableOf(1000, watermark));
    }

    [Fact]
    public void Usual_limit_is_that_of_the_launcher() => Assert.Contains(
        string.Create(CultureInfo.InvariantCulture, $"(low > {MetalMemory.HighWatermark} ? low : {MetalMemory.HighWatermark})"),
        File.ReadAllText(Path.Combine(GoldenRoot.Checkout(), "mlx-video")), StringComparison.Ordinal);

    [Fact]
    public void Allocator_is_not_used_with_another_version_or_off_macos()
    {
        Assert.Null(MpsAllocator.Find("2.11.0"));
        if (!OperatingSystem.IsMacOS())
            Assert.Null(MpsAllocator.Find(MpsAllocator.LibtorchVersion));
        Assert.IsType<HostMemory>(DeviceMemory.Of(CPU));
        Assert.Equal(90, HostMemory.AvailableOf(100));
    }

    [Fact]
    public void Slots_belong_to_the_libtorch_that_is_referenced() =>
        Assert.StartsWith(MpsAllocator.LibtorchVersion, torch.__version__, StringComparison.Ordinal);

    private nuint Called(nint self, int slot)
    {
        Assert.Equal(_object, self);
        _calls.Add(slot.ToString(CultureInfo.InvariantCulture));
        return (nuint)(slot * 100);
    }
}
