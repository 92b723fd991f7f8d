using System.Reflection;

namespace MlxVideo.Shared.Processes;

/// <summary>Starts the assemblies of this build as processes.</summary>
public static class DotnetHost
{
    /// <summary>The <c>dotnet</c> program that runs this process, otherwise <c>dotnet</c> from the PATH.</summary>
    public static string Program => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
        ? path
        : "dotnet";

    /// <summary>
    /// Returns the command that starts the executable assembly of this process again. A self-contained build brings its runtime, and only
    /// the program next to the assembly can start it: <c>dotnet</c> need not be installed, and refuses it.
    /// </summary>
    /// <param name="assembly">The assembly of this process's entry point.</param>
    public static HostCommand CommandOf(Assembly assembly) => CommandOf(assembly.Location, Environment.ProcessPath);

    /// <summary>Returns the command that starts an assembly.</summary>
    /// <param name="assemblyFile">Path of the assembly.</param>
    /// <param name="processPath">The program of this process; null if unknown.</param>
    internal static HostCommand CommandOf(string assemblyFile, string? processPath) =>
        Path.GetFileName(processPath) == Path.GetFileNameWithoutExtension(assemblyFile)
            ? new HostCommand(processPath!, [])
            : new HostCommand(Program, [assemblyFile]);
}

/// <summary>A program, and the arguments before those of the assembly that it starts.</summary>
public sealed record HostCommand(string Program, IReadOnlyList<string> Arguments);
