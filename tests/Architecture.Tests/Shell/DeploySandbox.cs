using System.Diagnostics;
using System.Text.RegularExpressions;
using MlxVideo.Cli.Tests;

namespace MlxVideo.Architecture.Tests.Shell;

/// <summary>
/// A checkout with the deploy folder on a simulated machine: the folders outside the home folder, the service manager, sudo and the
/// launcher's build are stubs. The daemon is ready as soon as it is started, unless <see cref="BreakNextBuild"/> was called.
/// </summary>
internal sealed partial class DeploySandbox : ShellSandbox
{
    private static readonly string[] Tools =
    [
        "awk", "basename", "cat", "chmod", "cksum", "cp", "cut", "dirname", "find", "grep", "gzip", "ln", "mkdir", "mktemp", "mv",
        "readlink", "rm", "sed", "sleep", "sort", "tail", "touch", "wc", "xargs",
    ];

    private readonly string _role;

    /// <param name="system">Darwin or Linux.</param>
    /// <param name="role">Coordinator or worker.</param>
    public DeploySandbox(string system, string role)
        : base(Tools)
    {
        (System, _role) = (system, role);
        CopyFolder(Path.Combine(Repository.Root, "deploy"), Checkout("deploy"));
        foreach (var folder in new[] { Checkout("src"), Checkout("build"), Folder["state"], Model, InRoot("Library/LaunchDaemons"),
            InRoot("etc/systemd/system") })
            Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(Repository.Root, "global.json"), Checkout("global.json"));
        File.Copy(Path.Combine(Repository.Root, "Directory.Build.props"), Checkout("Directory.Build.props"));
        ChangeSources("first");
        this["PATH"] = Stubs;
        this["MLXVIDEO_DEPLOY_SYSTEM"] = system;
        this["MLXVIDEO_DEPLOY_ROOT"] = Folder["root"];
        AddLauncher();
        AddStub("uname", $"echo {system}");
        AddStub("id", $"""
            case $* in
                -u) echo 501 ;;
                -un) echo owner ;;
                *mlx-video) [ -f '{Folder["state/user"]}' ] && echo 999 ;;
            esac
            """);
        AddStub("sudo", "exec \"$@\"");
        AddStub("chown", "");
        AddStub("useradd", $"touch '{Folder["state/user"]}'");
        AddStub("runuser", "");
        // Without the owner, which this machine does not have.
        AddStub("install", $"""
            count=$#
            while [ $count -gt 0 ]; do
                case $1 in
                    -o | -g) shift 2; count=$((count - 2)) ;;
                    *) word=$1; shift; set -- "$@" "$word"; count=$((count - 1)) ;;
                esac
            done
            exec {PathOf("install")} "$@"
            """);
        AddServiceManagers();
    }

    /// <summary>Darwin or Linux.</summary>
    public string System { get; }

    /// <summary>The model folder.</summary>
    public string Model => Folder["home/models/ltx-2"];

    /// <summary>The daemon's data folder.</summary>
    public string Data => System == "Darwin"
        ? Folder[$"home/Library/Application Support/MlxVideo/data/{_role}"]
        : InRoot($"var/lib/mlx-video/{_role}");

    /// <summary>The folder with the installed versions.</summary>
    public string Program => System == "Darwin"
        ? Folder[$"home/Library/Application Support/MlxVideo/{_role}"]
        : InRoot($"opt/mlx-video/{_role}");

    /// <summary>The installed version; null without one.</summary>
    public string? Version => new FileInfo(Path.Combine(Program, "current")).LinkTarget;

    /// <summary>True while the daemon runs.</summary>
    public bool IsRunning => File.Exists(Folder["state/running"]);

    /// <summary>The calls of the service manager and of the build that changed something.</summary>
    public IReadOnlyList<string> Calls => File.Exists(Folder["state/calls"]) ? File.ReadAllLines(Folder["state/calls"]) : [];

    /// <summary>Makes another version of the sources.</summary>
    public void ChangeSources(string content) => File.WriteAllText(Path.Combine(Checkout("src"), "Program.cs"), content);

    /// <summary>The daemon of the next build ends with an error.</summary>
    public void BreakNextBuild() => File.WriteAllText(Folder["state/break"], "");

    /// <summary>Forgets the calls.</summary>
    public void ForgetCalls() => File.Delete(Folder["state/calls"]);

    /// <summary>Runs the installation script of the role.</summary>
    public Task<CliResult> RunAsync(params IEnumerable<string> arguments) =>
        RunAsync(new ProcessStartInfo(Path.Combine(Checkout("deploy"), $"install-{_role}.sh"), arguments));

    /// <summary>Installs the daemon with the settings that it needs, and others.</summary>
    public Task<CliResult> InstallAsync(params IEnumerable<string> others) => RunAsync([.. Required, .. others]);

    /// <summary>The settings that a new installation needs.</summary>
    public string[] Required => _role == "worker"
        ? ["--join", "192.168.1.10:4053", "--token", "TOKEN", "--model", Model]
        : ["--listen", "192.168.1.10"];

    /// <summary>Returns a text in which the sandbox's folders and versions have general names.</summary>
    public string Normalize(string text) => VersionPattern().Replace(
        text.Replace(Folder["checkout"], "CHECKOUT", StringComparison.Ordinal).Replace(Folder["home"], "/HOME", StringComparison.Ordinal)
            .Replace(Folder["root"], "", StringComparison.Ordinal),
        "VERSION");

    /// <summary>Returns a path on the simulated machine.</summary>
    public string InRoot(string path) => Path.Combine(Folder["root"], path);

    /// <summary>Returns a path in the simulated home folder.</summary>
    public string InHome(string path) => Path.Combine(Folder["home"], path);

    private string Checkout(string path) => Path.Combine(Folder["checkout"], path);

    /// <summary>Adds a launcher whose builds are one script, which creates the certificate's file as <c>farm init</c> does.</summary>
    private void AddLauncher() => WriteScript(Checkout("mlx-video"), $$"""
        #!/bin/sh
        echo "mlx-video $1 $2" >> '{{Folder["state/calls"]}}'
        [ "$1 $2" = 'dotnet publish' ] || exit 0
        project=$(basename "$3")
        while [ "$1" != -o ]; do shift; done
        mkdir -p "$2"
        printf '#!/bin/sh\nmkdir -p "$4/security"\ntouch "$4/security/ca.crt"\n' > "$2/MlxVideo.$project"
        chmod +x "$2/MlxVideo.$project"
        [ ! -f '{{Folder["state/break"]}}' ] || touch "$2/broken"

        """);

    /// <summary>Adds launchctl and systemctl, whose state is one file each for a loaded, a running and a failed service.</summary>
    private void AddServiceManagers()
    {
        var state = Folder["state"];
        var log = Folder[$"home/Library/Logs/MlxVideo/{_role}.log"];
        var begin = $$"""
            rm -f '{{state}}/failed'
            if [ -f '{{Program}}/current/broken' ]; then
                echo 'no such model' >> "$log"
                touch '{{state}}/failed'
            else
                echo 'ready {{_role}}' >> "$log"
                touch '{{state}}/running'
            fi
            """;
        AddStub("launchctl", $$"""
            log='{{log}}'
            [ "$1" = print ] || echo "launchctl $*" >> '{{state}}/calls'
            case $* in
                'print '*.log) [ -f '{{state}}/log-loaded' ] || exit 113 ;;
                'bootstrap '*.log.plist) touch '{{state}}/log-loaded' ;;
                'bootout '*.log) rm -f '{{state}}/log-loaded' ;;
                'print '*)
                    [ -f '{{state}}/loaded' ] || exit 113
                    [ ! -f '{{state}}/running' ] || printf '\tpid = 4242\n'
                    [ ! -f '{{state}}/failed' ] || printf '\tlast exit code = 2\n' ;;
                'bootstrap '*)
                    touch '{{state}}/loaded'
                    {{begin}} ;;
                'kill '*) rm -f '{{state}}/running' ;;
                'bootout '*) rm -f '{{state}}/running' '{{state}}/loaded' ;;
            esac
            """);
        AddStub("systemctl", $$"""
            log='{{state}}/journal'
            case $1 in
                is-enabled) [ -f '{{state}}/loaded' ]; exit ;;
                is-active) [ -f '{{state}}/running' ]; exit ;;
                show)
                    case $3 in
                        InvocationID) echo 1234 ;;
                        Result) if [ -f '{{state}}/failed' ]; then echo exit-code; else echo success; fi ;;
                    esac
                    exit ;;
            esac
            echo "systemctl $*" >> '{{state}}/calls'
            case $1 in
                enable) touch '{{state}}/loaded' ;;
                disable) rm -f '{{state}}/loaded' ;;
                stop) rm -f '{{state}}/running' ;;
                restart)
                    : > "$log"
                    {{begin}} ;;
            esac
            """);
        AddStub("journalctl", $"cat '{state}/journal'");
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from))
            CopyFolder(folder, Path.Combine(to, Path.GetFileName(folder)));
    }

    [GeneratedRegex(@"\d+\.\d+\.\d+-\d+\b")]
    private static partial Regex VersionPattern();
}
