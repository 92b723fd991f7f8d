using System.Diagnostics;
using System.Globalization;
using MlxVideo.Cli.Files;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>A daemon on a host of a virtual network, on which Avahi runs.</summary>
internal sealed class AvahiHost : IDisposable
{
    /// <summary>Starts D-Bus and Avahi with files of their own, then the command in place of the shell.</summary>
    private const string Script = """
        set -e
        mount -t tmpfs tmpfs /run
        mkdir -p /run/dbus /run/avahi-daemon
        printf '[server]\nhost-name=%s\nuse-ipv6=no\nallow-interfaces=eth0\n' "$1" > /run/avahi.conf
        shift
        dbus-daemon --system --nofork --nopidfile > /dev/null 2>&1 &
        until [ -S /run/dbus/system_bus_socket ]; do sleep 0.1; done
        avahi-daemon --no-drop-root --no-chroot --no-rlimits -f /run/avahi.conf > /dev/null 2>&1 &
        until avahi-browse --terminate _nothing._tcp > /dev/null 2>&1; do sleep 0.1; done
        exec "$@" 2>&1
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;

    private AvahiHost(Process process) => _process = process;

    /// <summary>Starts a daemon, which ends with this process.</summary>
    /// <param name="project">Name of the project: <c>Coordinator</c> or <c>Worker</c>.</param>
    public static AvahiHost Start(VirtualHost host, string project, params string[] arguments)
    {
        string[] words =
        [
            .. host.Prefix, "/bin/sh", "-c", Script, "sh", project, Installation.Dotnet, Installation.Daemon(project), .. arguments,
            "--parent-pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
        ];
        var start = new ProcessStartInfo(words[0], words.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // diagnostic sockets would outlive a killed process
        return new AvahiHost(Process.Start(start)!);
    }

    /// <summary>Returns the output up to the line that begins with <c>ready</c>.</summary>
    public async Task<IReadOnlyList<string>> UntilReadyAsync()
    {
        var lines = new List<string>();
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            lines.Add(line);
            if (line.StartsWith("ready ", StringComparison.Ordinal))
                return lines;
        }

        Assert.Fail($"The daemon ended before it was ready:\n{string.Join('\n', lines)}");
        return lines;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}

/// <summary>A test with Avahi on virtual hosts; skipped with a reason where that is impossible.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AvahiFactAttribute : VirtualNetworkFactAttribute
{
    public AvahiFactAttribute()
    {
        var folders = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator);
        var missing = new[] { "avahi-browse", "avahi-publish-service", "avahi-daemon", "dbus-daemon" }
            .Where(program => !folders.Any(folder => File.Exists(Path.Combine(folder, program)))).ToList();
        if (missing.Count > 0)
            Skip ??= $"Not installed: {string.Join(", ", missing)} (package avahi-utils).";
    }
}
