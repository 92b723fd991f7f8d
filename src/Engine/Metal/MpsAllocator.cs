using System.Runtime.InteropServices;

namespace MlxVideo.Engine.Metal;

/// <summary>
/// libtorch's allocator of Metal memory, which TorchSharp does not expose. Its functions are virtual methods of an object that libtorch
/// exports; their positions in the table of methods are those of one version (https://github.com/pytorch/pytorch, tag v2.10.0,
/// aten/src/ATen/detail/MPSHooksInterface.h).
/// </summary>
/// <param name="hooks">Address of the object.</param>
internal sealed class MpsAllocator(nint hooks)
{
    /// <summary>The only version of libtorch with these positions.</summary>
    public const string LibtorchVersion = "2.10.0";

    private const string Library = "torch_cpu";
    private const int SynchronizeSlot = 19;
    private const int EmptyCacheSlot = 23;
    private const int AllocatedSlot = 24;
    private const int DriverSlot = 25;

    private readonly VoidMethod _synchronize = Method<VoidMethod>(hooks, SynchronizeSlot);
    private readonly VoidMethod _emptyCache = Method<VoidMethod>(hooks, EmptyCacheSlot);
    private readonly SizeMethod _allocated = Method<SizeMethod>(hooks, AllocatedSlot);
    private readonly SizeMethod _driver = Method<SizeMethod>(hooks, DriverSlot);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void VoidMethod(nint self);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate nuint SizeMethod(nint self);

    /// <summary>Bytes of live tensors.</summary>
    public long AllocatedBytes => (long)_allocated(hooks);

    /// <summary>Bytes that the driver holds, including those of freed tensors.</summary>
    public long DriverBytes => (long)_driver(hooks);

    /// <summary>Returns the allocator of libtorch; null when its version is not <see cref="LibtorchVersion"/>.</summary>
    /// <param name="version">Version of the libtorch that TorchSharp refers to; its package is pinned in Directory.Packages.props.</param>
    public static MpsAllocator? Find(string version) =>
        OperatingSystem.IsMacOS() && version.StartsWith(LibtorchVersion, StringComparison.Ordinal) ? new MpsAllocator(Hooks()) : null;

    /// <summary>Waits for the device's queue and returns the memory of freed tensors to the system.</summary>
    public void EmptyCache()
    {
        _synchronize(hooks);
        _emptyCache(hooks);
    }

    private static T Method<T>(nint instance, int slot)
        where T : Delegate =>
        Marshal.GetDelegateForFunctionPointer<T>(Marshal.ReadIntPtr(Marshal.ReadIntPtr(instance), slot * nint.Size));

    [DllImport(Library, EntryPoint = "_ZN2at6detail11getMPSHooksEv")]
    private static extern nint Hooks();
}
