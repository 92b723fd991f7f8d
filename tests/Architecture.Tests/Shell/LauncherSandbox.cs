using System.Diagnostics;
using MlxVideo.Cli.Tests;

namespace MlxVideo.Architecture.Tests.Shell;

/// <summary>
/// A copy of the launcher in an almost empty checkout, with a PATH of stubs: the system that they describe, a .NET SDK that prints its
/// arguments and environment, and Homebrew. Nothing outside the folder can be installed, built or run.
/// </summary>
internal sealed class LauncherSandbox : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly string[] Tools =
    [
        "awk", "basename", "cat", "chmod", "cp", "dirname", "env", "find", "grep", "head", "id", "ln", "mkdir", "mv", "readlink", "rm",
        "sed", "sleep", "sort", "touch", "true",
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = [];

    public LauncherSandbox()
    {
        foreach (var folder in new[] { "home", "stubs", "checkout/src", "checkout/build", "checkout/tests/Farm.Tests" })
            Directory.CreateDirectory(_folder[folder]);
        File.Copy(Path.Combine(Repository.Root, "mlx-video"), Launcher);
        File.Copy(Path.Combine(Repository.Root, "global.json"), Path.Combine(Checkout, "global.json"));
        File.CreateSymbolicLink(Path.Combine(Stubs, "bash"), Bash);
        foreach (var tool in Tools)
            File.CreateSymbolicLink(Path.Combine(Stubs, tool), PathOf(tool));
        SetSystem("Darwin", "arm64");
        SetMac("15.5", translated: false);
        AddStub("ffmpeg", "");
        AddStub("ffprobe", "");
        AddStub("brew", "echo \"brew $*\"; exit 1");
        AddStub("dotnet", $$"""
            case $1 in
                --list-sdks) echo "10.0.100 [/sdk]" ;;
                build) echo "$2" >> {{_folder["builds"]}} ;;
                *) echo "arguments: $*"; env ;;
            esac
            """);
        this["HOME"] = _folder["home"];
        // Folders with real programs come last, and the launcher does not prepend folders that the PATH has.
        this["PATH"] = $"{Stubs}:/opt/homebrew/bin:/usr/local/bin";
    }

    /// <summary>The shell that runs the launcher: the system's, or the one of <c>MLXVIDEO_TEST_BASH</c>.</summary>
    public static string Bash => Environment.GetEnvironmentVariable("MLXVIDEO_TEST_BASH") is { Length: > 0 } bash ? bash : "/bin/bash";

    /// <summary>The folder of the stubs.</summary>
    public string Stubs => _folder["stubs"];

    /// <summary>The launcher's checkout.</summary>
    public string Checkout => _folder["checkout"];

    /// <summary>The projects that were built, in order.</summary>
    public IReadOnlyList<string> Builds => File.Exists(_folder["builds"])
        ? [.. File.ReadLines(_folder["builds"]).Select(project => Path.GetRelativePath(Checkout, project))]
        : [];

    private string Launcher => Path.Combine(Checkout, "mlx-video");

    /// <summary>Sets a variable of the launcher's environment.</summary>
    public string this[string variable]
    {
        set => _environment[variable] = value;
    }

    /// <summary>Returns the environment that the stub of the .NET SDK printed.</summary>
    public static IReadOnlyDictionary<string, string> EnvironmentIn(CliResult result) =>
        result.Output.Split('\n').Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>Sets the answers of <c>uname</c>.</summary>
    public void SetSystem(string system, string machine) =>
        AddStub("uname", $"case $1 in -s) echo {system} ;; -m) echo {machine} ;; esac");

    /// <summary>Sets the answers of <c>sw_vers</c> and <c>sysctl</c>.</summary>
    /// <param name="version">The version of macOS.</param>
    /// <param name="translated">True under Rosetta, false outside, null on Macs where Rosetta does not exist.</param>
    public void SetMac(string version, bool? translated)
    {
        AddStub("sw_vers", $"if [ \"$SYSTEM_VERSION_COMPAT\" = 1 ]; then echo 10.16; else echo {version}; fi");
        AddStub("sysctl", translated is null
            ? "echo \"sysctl: unknown oid '$2'\" >&2; exit 1"
            : $"[ \"$*\" = '-n sysctl.proc_translated' ] && echo {(translated.Value ? 1 : 0)}");
    }

    /// <summary>Writes an executable shell script into the PATH.</summary>
    public void AddStub(string name, string script)
    {
        var path = Path.Combine(Stubs, name);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Removes a program from the PATH.</summary>
    public void Remove(string name) => File.Delete(Path.Combine(Stubs, name));

    /// <summary>Runs the launcher.</summary>
    public async Task<CliResult> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Launcher, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await process.WaitForExitAsync().WaitAsync(Patience);
        return new CliResult(process.ExitCode, output, await error);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static string PathOf(string tool) =>
        new[] { "/usr/bin", "/bin" }.Select(folder => Path.Combine(folder, tool)).First(File.Exists);
}
