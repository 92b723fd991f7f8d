using System.Diagnostics;
using System.Globalization;

namespace MlxVideo.Cli.Chaos.Processes;

/// <summary>A running process; ended ones that were not yet reaped are left out.</summary>
/// <param name="Parent">Id of the parent process.</param>
/// <param name="Command">The command line.</param>
/// <param name="Environment">The environment, as far as it is readable.</param>
public sealed record ProcessEntry(int Id, int Parent, string Command, string Environment);

/// <summary>The processes of this machine: from <c>/proc</c> on Linux, which may lack <c>ps</c>, and from <c>ps</c> on macOS.</summary>
public sealed class ProcessTable
{
    private const int FieldOfState = 0;
    private const int FieldOfParent = 1;

    private readonly ILookup<int, ProcessEntry> _children;

    private ProcessTable(IReadOnlyList<ProcessEntry> processes) =>
        (Processes, _children) = (processes, processes.ToLookup(process => process.Parent));

    /// <summary>All processes.</summary>
    public IReadOnlyList<ProcessEntry> Processes { get; }

    /// <summary>Reads the current processes.</summary>
    public static ProcessTable Read() => new((OperatingSystem.IsLinux() ? FromProc() : FromPs()).ToList());

    /// <summary>Returns the child processes of a process.</summary>
    public IEnumerable<ProcessEntry> ChildrenOf(int processId) => _children[processId];

    /// <summary>Returns the child processes of a process, their child processes, and so on.</summary>
    public IEnumerable<ProcessEntry> DescendantsOf(int processId) =>
        _children[processId].SelectMany(child => DescendantsOf(child.Id).Prepend(child));

    private static IEnumerable<ProcessEntry> FromProc()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) && ReadProc(folder, id) is { } process)
                yield return process;
        }
    }

    /// <returns>Null for a process that has ended.</returns>
    private static ProcessEntry? ReadProc(string folder, int id)
    {
        try
        {
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            // The program's name, in parentheses, may contain spaces and parentheses.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[FieldOfState] is "Z" or "X"
                ? null
                : new ProcessEntry(
                    id, int.Parse(fields[FieldOfParent], CultureInfo.InvariantCulture), Words(folder, "cmdline"), Words(folder, "environ"));
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <returns>Empty for another user's process.</returns>
    private static string Words(string folder, string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, name)).Replace('\0', ' ');
        }
        catch (UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static IEnumerable<ProcessEntry> FromPs()
    {
        // -E appends the environment of this user's processes to the command.
        var environments = Ps("-AEww").ToDictionary(line => line.Id, line => line.Command);
        return Ps("-Aww").Select(
            line => new ProcessEntry(line.Id, line.Parent, line.Command, environments.GetValueOrDefault(line.Id, "")));
    }

    private static List<(int Id, int Parent, string Command)> Ps(string options)
    {
        var start = new ProcessStartInfo("ps", [options, "-o", "pid=,ppid=,stat=,command="]) { RedirectStandardOutput = true };
        using var ps = Process.Start(start)!;
        return ps.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', 4, StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length == 4 && !fields[2].StartsWith('Z'))
            .Select(fields => (
                int.Parse(fields[0], CultureInfo.InvariantCulture), int.Parse(fields[1], CultureInfo.InvariantCulture), fields[3]))
            .ToList();
    }
}
