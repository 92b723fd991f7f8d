using System.Diagnostics;
using System.Globalization;
using MlxVideo.Cli;
using MlxVideo.Cli.Files;
using MlxVideo.Cli.Tests;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>
/// A host of a virtual network that looks like a Mac to the installation scripts: a home folder, a copy of the checkout's deploy folder,
/// launchd and sudo. The simulated build yields this build's programs, and launchd runs them.
/// </summary>
internal sealed class SimulatedMac : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    private readonly TemporaryFolder _folder = new();
    private readonly VirtualHost _host;

    public SimulatedMac(VirtualHost host)
    {
        _host = host;
        foreach (var folder in new[] { "home", "stubs", "state", "root/Library/LaunchDaemons", "checkout/src", "checkout/build" })
            Directory.CreateDirectory(_folder[folder]);
        CopyFolder(Path.Combine(Root, "deploy"), _folder["checkout/deploy"]);
        foreach (var file in new[] { "global.json", "Directory.Build.props" })
            File.Copy(Path.Combine(Root, file), _folder[$"checkout/{file}"]);
        WriteScript("checkout/mlx-video", Launcher);
        WriteScript("stubs/launchctl", Launchd);
        WriteScript("stubs/sudo", "exec \"$@\"");
        WriteScript("stubs/id", "case $1 in -u) echo 501 ;; *) echo owner ;; esac");
    }

    /// <summary>The root of the checkout with the tests.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Installation.ExampleCsv)!, ".."));

    /// <summary>The address on the network.</summary>
    public string Address => _host.Address;

    /// <summary>Returns a path in the checkout, where commands are typed.</summary>
    public string InCheckout(string path) => Path.Combine(_folder["checkout"], path);

    /// <summary>Returns a path in the home folder.</summary>
    public string InHome(string path) => Path.Combine(_folder["home"], path);

    /// <summary>Runs pasted commands; the first that fails ends the run.</summary>
    public async Task<CliResult> RunAsync(string commands)
    {
        var words = _host.Prefix.Concat(["/bin/bash", "-e", "-c", commands]).ToList();
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            WorkingDirectory = _folder["checkout"],
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = _folder["home"];
        start.Environment["PATH"] = $"{_folder["stubs"]}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["MLXVIDEO_DEPLOY_SYSTEM"] = "Darwin";
        start.Environment["MLXVIDEO_DEPLOY_ROOT"] = _folder["root"];
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // diagnostic sockets would outlive a killed process
        start.Environment.Remove("XDG_CONFIG_HOME");
        using var process = Process.Start(start)!;
        try
        {
            var error = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
            await process.WaitForExitAsync().WaitAsync(Patience);
            return new CliResult(process.ExitCode, output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Waits until the process of a service has ended, and returns its exit code.</summary>
    public async Task<int> UntilServiceEndsAsync(string label)
    {
        var file = _folder[$"state/{label}.code"];
        await UntilAsync(() => File.Exists(file) && File.ReadAllText(file).EndsWith('\n'), () => $"{label} does not end.");
        return int.Parse(await File.ReadAllTextAsync(file), CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until as many lines of a daemon's log begin with some words.</summary>
    /// <param name="role">The daemon: coordinator or worker.</param>
    public Task UntilLoggedAsync(string role, string words, int times)
    {
        var log = InHome($"Library/Logs/MlxVideo/{role}.log");
        return UntilAsync(
            () => File.ReadLines(log).Count(line => line.StartsWith(words, StringComparison.Ordinal)) >= times,
            () => File.ReadAllText(log));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in Directory.EnumerateFiles(_folder["state"], "*.pid"))
        {
            if (!File.Exists(Path.ChangeExtension(file, "code")))
                KillIfRunning(int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture));
        }

        _folder.Dispose();
    }

    private static string Wrapper(string assembly) => $"exec '{Installation.Dotnet}' '{assembly}' \"$@\"";

    /// <summary>The launcher: its build makes programs that run this build's; other verbs are those of this build.</summary>
    private static string Launcher => $$"""
        case "$1 $2" in
            'setup '*) exit 0 ;;
            'dotnet publish') ;;
            *) {{Wrapper(typeof(CommandLine).Assembly.Location)}} ;;
        esac
        project=$(basename "$3")
        while [ "$1" != -o ]; do shift; done
        mkdir -p "$2"
        case $project in
            Coordinator) program="{{Installation.Daemon("Coordinator")}}" ;;
            Worker) program="{{Installation.Daemon("Worker")}}" ;;
            *) program="{{typeof(CommandLine).Assembly.Location}}" ;;
        esac
        printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "{{Installation.Dotnet}}" "$program" > "$2/MlxVideo.$project"
        chmod +x "$2/MlxVideo.$project"
        """;

    /// <summary>launchd: a service's file is its property list, its process id and, after its end, its exit code.</summary>
    private string Launchd => $$"""
        state='{{_folder["state"]}}'
        label=${2#system/}
        begin() {
            rm -f "$state/$label.pid" "$state/$label.code"
            log=$(sed -n '/StandardOutPath/{n;s:.*<string>\(.*\)</string>.*:\1:p;}' "$state/$label.plist")
            sed -n '/<array>/,/<\/array>/s:.*<string>\(.*\)</string>.*:\1:p' "$state/$label.plist" > "$state/$label.arguments"
            (
                set --
                while IFS= read -r word; do set -- "$@" "$word"; done < "$state/$label.arguments"
                "$@" --parent-pid {{Environment.ProcessId}} >> "$log" 2>&1 < /dev/null &
                echo $! > "$state/$label.pid"
                wait $! && code=0 || code=$?
                echo $code > "$state/$label.code"
            ) > /dev/null 2>&1 &
            until [ -s "$state/$label.pid" ]; do sleep 0.1; done
        }
        is_running() { [ -s "$state/$label.pid" ] && [ ! -f "$state/$label.code" ]; }
        is_loaded() { [ -f "$state/$label.plist" ] || { echo "Could not find service \"$label\"" >&2; exit 113; } }
        case $1 in
            enable) ;;
            print)
                is_loaded
                if is_running; then printf '\tpid = %s\n' "$(cat "$state/$label.pid")"; fi
                if [ -f "$state/$label.code" ]; then printf '\tlast exit code = %s\n' "$(cat "$state/$label.code")"; fi ;;
            bootstrap)
                label=$(basename "$3" .plist)
                cp "$3" "$state/$label.plist"
                case $label in *.log) ;; *) begin ;; esac ;;
            kickstart)
                is_loaded
                is_running || begin ;;
            kill)
                label=${3#system/}
                is_loaded
                kill -TERM "$(cat "$state/$label.pid")" ;;
            bootout)
                is_loaded
                if is_running; then kill -TERM "$(cat "$state/$label.pid")"; fi
                while [ -s "$state/$label.pid" ] && [ ! -f "$state/$label.code" ]; do sleep 0.1; done
                rm -f "$state/$label.plist" ;;
            *)
                echo "launchctl $*: not simulated" >&2
                exit 64 ;;
        esac
        """;

    /// <summary>Polls, because files raise no reliable event.</summary>
    private static async Task UntilAsync(Func<bool> condition, Func<string> failure)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, failure());
            await Task.Delay(Glance);
        }
    }

    private static void KillIfRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
        catch (ArgumentException)
        {
            // It has just ended.
        }
    }

    private void WriteScript(string name, string script)
    {
        var file = _folder.Write(name, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from))
            CopyFolder(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
