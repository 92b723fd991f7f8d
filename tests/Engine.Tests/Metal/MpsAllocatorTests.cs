using System.Runtime.InteropServices;
using MlxVideo.Engine.Metal;
using MlxVideo.Engine.Models;
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
                ? new MpsAllocator.Size(self => Called(self, number))
                : new MpsAllocator.Action(self => Called(self, number));
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
        Assert.Equal(1000, memory.Available);
        Assert.Equal(new DeviceMemoryUse(TensorBytes: 2400, DriverBytes: 77), memory.Use);
        Assert.Equal(2500, new MpsAllocator(_object).DriverBytes);
        Assert.Equal(new DeviceMemoryUse(TensorBytes: null, DriverBytes: 77), new MetalMemory(() => 1000, () => 77, null).Use);
    }

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
        _calls.Add(slot.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return (nuint)(slot * 100);
    }
}
