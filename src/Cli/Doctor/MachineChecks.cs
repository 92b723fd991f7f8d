using System.Runtime.InteropServices;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Shared.Diagnostics;
using MlxVideo.Shared.Display;

namespace MlxVideo.Cli.Doctor;

/// <summary>Checks of the operating system, the processor and the memory.</summary>
internal static class MachineChecks
{
    /// <summary>The first version of macOS for which libtorch's bindings are built.</summary>
    private const int FirstMacOS = 15;

    public static CheckResult System(MachineDescription machine)
    {
        var found = $"{machine.System} (build {machine.Build})";
        return OperatingSystem.IsMacOS() && !OperatingSystem.IsMacOSVersionAtLeast(FirstMacOS)
            ? new CheckResult("system", CheckOutcome.Warning, found, $"Update to macOS {FirstMacOS} or later, for which libtorch is built.")
            : new CheckResult("system", CheckOutcome.Passed, found);
    }

    public static CheckResult Chip(MachineDescription machine) =>
        OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture != Architecture.Arm64
            ? new CheckResult(
                "chip", CheckOutcome.Failed, $"{machine.Chip}, in a process for {RuntimeInformation.ProcessArchitecture}",
                "Use a Mac with Apple Silicon, and a terminal that does not run under Rosetta.")
            : new CheckResult("chip", CheckOutcome.Passed, machine.Chip);

    /// <param name="workingSetBytes">Memory that Metal recommends to use at most; null where there is no such recommendation.</param>
    public static CheckResult Memory(MachineDescription machine, long? workingSetBytes)
    {
        var workingSet = workingSetBytes is { } bytes ? $", {Readable.Gibibytes(bytes)} of it recommended for Metal" : "";
        return new CheckResult("memory", CheckOutcome.Passed, $"{Readable.Gibibytes(machine.MemoryBytes)}{workingSet}");
    }
}
