using System.Runtime.CompilerServices;
using MlxVideo.Engine.Libraries;

/// <summary>
/// Compiled into every module that can use TorchSharp (build/TorchSharp.targets): the first use of TorchSharp fails on a Mac unless OpenMP
/// is loaded before, and code outside the engine may be the first user.
/// </summary>
file static class LoadOpenMp
{
#pragma warning disable CA2255 // Meant for applications, because initializers of libraries run unexpectedly; here that is the purpose.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Run() => OpenMp.Load();
}
