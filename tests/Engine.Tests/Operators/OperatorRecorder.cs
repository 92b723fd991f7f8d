using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace MlxVideo.Engine.Tests.Operators;

/// <summary>
/// Reports every operator that libtorch dispatches in this process until it is disposed, including those that other operators call.
/// </summary>
/// <remarks>
/// It registers an observer, as PyTorch's profiler does (<c>at::addGlobalCallback</c> in ATen/record_function.h), so it sees every call
/// and can be switched on and off; hooks of the dynamic linker would see only the first call of each operator. libtorch does not observe
/// a few queries of metadata, such as <c>size</c>. The layout of <see cref="Observer"/> belongs to libtorch 2.10; it was checked in the
/// disassembly of the x64 Linux library, the only platform supported here.
/// </remarks>
public sealed class OperatorRecorder : IDisposable
{
    /// <summary>The first boolean of <see cref="Observer.Scopes"/>; the others are for modules, user-defined ranges and so on.</summary>
    private const ulong OperatorScope = 1;

    /// <summary>Operators still running on other threads may call an observer after its removal, so callbacks live forever.</summary>
    private static readonly ConcurrentBag<EndCallback> KeptAlive = [];

    private static readonly Lazy<Exports> Library = new(() => new Exports());

    private readonly Action<OperatorName> _called;
    private readonly ulong _handle;
    private volatile bool _disposed;

    /// <summary>Starts recording.</summary>
    /// <param name="called">
    /// Receives each operator on the thread that called it, when the operator ends; it must not throw or call operators.
    /// </param>
    public OperatorRecorder(Action<OperatorName> called)
    {
        _called = called;
        EndCallback callback = OnEnd;
        KeptAlive.Add(callback);
        _handle = Library.Value.AddGlobalCallback(new Observer
        {
            End = Marshal.GetFunctionPointerForDelegate(callback),
            SamplingProbability = 1,
            Scopes = OperatorScope,
        });
    }

    private delegate void EndCallback(nint function, nint context);

    private delegate ulong AddGlobalCallback(Observer observer);

    private delegate void RemoveCallback(ulong handle);

    private delegate nint NameOf(nint function);

    /// <summary>Whether operators can be recorded on this platform.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Library.Value.RemoveCallback(_handle);
    }

    private void OnEnd(nint function, nint context)
    {
        if (!_disposed)
            _called(OperatorName.Of(Text(Library.Value.Name(function)), Text(Library.Value.OverloadName(function))));
    }

    private static string Text(nint text) => Marshal.PtrToStringUTF8(text) ?? "";

    /// <summary><c>at::RecordFunctionCallback</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Observer
    {
        public nint Start;
        public nint End;
        public double SamplingProbability;
        public ulong Scopes; // with the next field, ten booleans
        public ushort MoreScopes;
        public byte NeedsInputs;
        public byte NeedsOutputs;
        public byte NeedsIds;
    }

    /// <summary>Functions of the libtorch that TorchSharp has loaded.</summary>
    private sealed class Exports
    {
        private readonly nint _library;

        public Exports()
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            using var process = Process.GetCurrentProcess();
            var loaded = process.Modules.Cast<ProcessModule>().First(module => module.ModuleName == "libtorch_cpu.so");
            _library = NativeLibrary.Load(loaded.FileName);
            AddGlobalCallback = Find<AddGlobalCallback>("_ZN2at17addGlobalCallbackENS_22RecordFunctionCallbackE");
            RemoveCallback = Find<RemoveCallback>("_ZN2at14removeCallbackEm");
            Name = Find<NameOf>("_ZNK2at14RecordFunction4nameEv");
            OverloadName = Find<NameOf>("_ZNK2at14RecordFunction13overload_nameEv");
        }

        public AddGlobalCallback AddGlobalCallback { get; }

        public RemoveCallback RemoveCallback { get; }

        public NameOf Name { get; }

        public NameOf OverloadName { get; }

        private T Find<T>(string symbol) => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(_library, symbol));
    }
}
