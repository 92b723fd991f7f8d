using System.Diagnostics;
using MlxVideo.Cli.Tests;

namespace MlxVideo.Architecture.Tests.Shell;

/// <summary>A folder for a script under test, with a home folder and a PATH of stubs and selected tools.</summary>
internal abstract class ShellSandbox : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, string> _environment = [];

    /// <param name="tools">The tools of this machine that the script may use.</param>
    protected ShellSandbox(IEnumerable<string> tools)
    {
        Directory.CreateDirectory(Folder["home"]);
        Directory.CreateDirectory(Stubs);
        File.CreateSymbolicLink(Path.Combine(Stubs, "bash"), Bash);
        foreach (var tool in tools)
            File.CreateSymbolicLink(Path.Combine(Stubs, tool), PathOf(tool));
        this["HOME"] = Folder["home"];
    }

    /// <summary>The shell that runs scripts: the system's, or the one of <c>MLXVIDEO_TEST_BASH</c>.</summary>
    public static string Bash => Environment.GetEnvironmentVariable("MLXVIDEO_TEST_BASH") is { Length: > 0 } bash ? bash : "/bin/bash";

    /// <summary>The folder of the stubs.</summary>
    public string Stubs => Folder["stubs"];

    protected TemporaryFolder Folder { get; } = new();

    /// <summary>Sets a variable of the script's environment.</summary>
    public string this[string variable]
    {
        set => _environment[variable] = value;
    }

    /// <summary>Writes an executable shell script into the PATH.</summary>
    public void AddStub(string name, string script) => WriteScript(Path.Combine(Stubs, name), $"#!/bin/sh\n{script}\n");

    /// <summary>Removes a program from the PATH.</summary>
    public void Remove(string name) => File.Delete(Path.Combine(Stubs, name));

    /// <inheritdoc/>
    public void Dispose() => Folder.Dispose();

    protected static void WriteScript(string path, string script)
    {
        File.WriteAllText(path, script);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Returns the path of a tool of this machine.</summary>
    protected static string PathOf(string tool) =>
        new[] { "/usr/bin", "/bin" }.Select(folder => Path.Combine(folder, tool)).First(File.Exists);

    /// <summary>Runs a script to its end in the sandbox's environment.</summary>
    protected async Task<CliResult> RunAsync(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        start.Environment.Clear();
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await process.WaitForExitAsync().WaitAsync(Patience);
        return new CliResult(process.ExitCode, output, await error);
    }
}
