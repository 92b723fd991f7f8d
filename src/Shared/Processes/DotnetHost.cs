namespace MlxVideo.Shared.Processes;

/// <summary>The <c>dotnet</c> program, which runs the assemblies of this build.</summary>
public static class DotnetHost
{
    /// <summary>The <c>dotnet</c> program that runs this process, otherwise <c>dotnet</c> from the PATH.</summary>
    public static string Program => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
        ? path
        : "dotnet";
}
