using System.Runtime.InteropServices;

namespace MlxVideo.Engine.Metal;

/// <summary>
/// The Mac's Metal device, through Apple's documented interface (https://developer.apple.com/documentation/metal/mtldevice) and the
/// Objective-C runtime. Only for macOS.
/// </summary>
internal static class MetalDevice
{
    private const string Runtime = "/usr/lib/libobjc.A.dylib";
    private const string Framework = "/System/Library/Frameworks/Metal.framework/Metal";

    /// <summary>A program without a window finds the default device only with this framework loaded.</summary>
    private const string Graphics = "/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics";

    private static readonly Lazy<nint> Device = new(Create);

    /// <summary>Whether the Mac has a Metal device.</summary>
    public static bool Exists => Device.Value != 0;

    /// <summary>Bytes that the device can use without affecting the rest of the system.</summary>
    public static long RecommendedWorkingSet => (long)Property("recommendedMaxWorkingSetSize");

    /// <summary>Bytes that the driver holds for this process.</summary>
    public static long AllocatedBytes => (long)Property("currentAllocatedSize");

    private static ulong Property(string name) =>
        Send(Exists ? Device.Value : throw new PlatformNotSupportedException("This Mac has no Metal device."), Selector(name));

    private static nint Create()
    {
        NativeLibrary.TryLoad(Graphics, out _);
        var device = CreateSystemDefaultDevice();
        // A daemon outside a user's session may have no default device. The list is not released, so the device in it stays valid.
        return device != 0 ? device : (nint)Send(CopyAllDevices(), Selector("firstObject"));
    }

    [DllImport(Framework, EntryPoint = "MTLCreateSystemDefaultDevice")]
    private static extern nint CreateSystemDefaultDevice();

    [DllImport(Framework, EntryPoint = "MTLCopyAllDevices")]
    private static extern nint CopyAllDevices();

    [DllImport(Runtime, EntryPoint = "sel_registerName")]
    private static extern nint Selector([MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    [DllImport(Runtime, EntryPoint = "objc_msgSend")]
    private static extern ulong Send(nint receiver, nint selector);
}
