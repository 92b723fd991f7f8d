using System.Diagnostics;
using System.Globalization;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>Daemons started by a process.</summary>
internal static class Descendants
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    /// <summary>Running processes with this one as <c>--parent-pid</c>, with their command lines.</summary>
    public static IReadOnlyList<(int Id, string Command)> Of(int processId)
    {
        var mark = string.Create(CultureInfo.InvariantCulture, $"--parent-pid {processId} ");
        return (OperatingSystem.IsLinux() ? FromProc() : FromPs())
            .Where(process => process.Command.Contains(mark, StringComparison.Ordinal)).ToList();
    }

    /// <summary>Fails unless all of them end on their own. Polls, because the exit of foreign processes raises no event.</summary>
    public static async Task AssertEndAsync(int processId)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (Of(processId) is { Count: > 0 } alive)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"Still running: {string.Join("; ", alive)}");
            await Task.Delay(Glance);
        }
    }

    private static IEnumerable<(int Id, string Command)> FromProc() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
        .Where(id => id > 0)
        .Select(id => (id, CommandOf(id)));

    /// <summary>Empty for a process that has ended, even if it was not yet reaped.</summary>
    private static string CommandOf(int processId)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/cmdline")).Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static List<(int Id, string Command)> FromPs()
    {
        using var ps = Process.Start(new ProcessStartInfo("ps", ["-Aww", "-o", "pid=,command="]) { RedirectStandardOutput = true })!;
        return ps.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.TrimStart().Split(' ', 2))
            .Select(parts => (int.Parse(parts[0], CultureInfo.InvariantCulture), parts[^1] + " ")).ToList();
    }
}
