using System.Reflection;
using TorchSharp;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>Everything that a verdict on a device depends on; a change of any of it requires a new self-test.</summary>
/// <param name="Build">Build of the operating system.</param>
/// <param name="Chip">Name of the processor.</param>
/// <param name="Libtorch">Version of libtorch.</param>
/// <param name="TorchSharp">Version of TorchSharp.</param>
/// <param name="Engine">Identifies the code of the engine, with its kernels and the self-test; changes whenever the code does.</param>
/// <param name="Settings">Device, dtype and kernels.</param>
internal sealed record VerdictKey(string Build, string Chip, string Libtorch, string TorchSharp, string Engine, TestedSettings Settings)
{
    /// <summary>Returns the key of settings on this machine.</summary>
    public static VerdictKey Of(MachineDescription machine, string libtorch, TestedSettings settings) => new(
        machine.Build, machine.Chip, libtorch, VersionOf(typeof(torch).Assembly),
        typeof(VerdictKey).Module.ModuleVersionId.ToString("N"), settings);

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? assembly.GetName().Version!.ToString();
}
