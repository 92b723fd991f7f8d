using System.Diagnostics;
using MlxVideo.Cli.Tests;

namespace MlxVideo.Architecture.Tests.Shell;

/// <summary>
/// A copy of the launcher in an almost empty checkout, with a PATH of stubs: the system that they describe, a .NET SDK that prints its
/// arguments and environment, and Homebrew. Nothing outside the folder can be installed, built or run.
/// </summary>
internal sealed class LauncherSandbox : ShellSandbox
{
    private static readonly string[] Tools =
    [
        "awk", "basename", "cat", "chmod", "cp", "dirname", "env", "find", "grep", "head", "id", "ln", "mkdir", "mv", "readlink", "rm",
        "sed", "sleep", "sort", "touch", "true",
    ];

    public LauncherSandbox()
        : base(Tools)
    {
        foreach (var folder in new[] { "checkout/src", "checkout/build", "checkout/tests/Farm.Tests" })
            Directory.CreateDirectory(Folder[folder]);
        File.Copy(Path.Combine(Repository.Root, "mlx-video"), Launcher);
        File.Copy(Path.Combine(Repository.Root, "global.json"), Path.Combine(Checkout, "global.json"));
        SetSystem("Darwin", "arm64");
        SetMac("15.5", translated: false);
        AddStub("ffmpeg", "");
        AddStub("ffprobe", "");
        AddStub("brew", "echo \"brew $*\"; exit 1");
        AddStub("dotnet", $$"""
            case $1 in
                --list-sdks) echo "10.0.100 [/sdk]" ;;
                build) echo "$2" >> {{Folder["builds"]}} ;;
                *) echo "arguments: $*"; env ;;
            esac
            """);
        // Folders with real programs come last, and the launcher does not prepend folders that the PATH has.
        this["PATH"] = $"{Stubs}:/opt/homebrew/bin:/usr/local/bin";
    }

    /// <summary>The launcher's checkout.</summary>
    public string Checkout => Folder["checkout"];

    /// <summary>The projects that were built, in order.</summary>
    public IReadOnlyList<string> Builds => File.Exists(Folder["builds"])
        ? [.. File.ReadLines(Folder["builds"]).Select(project => Path.GetRelativePath(Checkout, project))]
        : [];

    private string Launcher => Path.Combine(Checkout, "mlx-video");

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

    /// <summary>Runs the launcher.</summary>
    public Task<CliResult> RunAsync(params string[] arguments) => RunAsync(new ProcessStartInfo(Launcher, arguments));
}
