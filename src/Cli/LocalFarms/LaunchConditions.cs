using System.Diagnostics;
using System.Globalization;

namespace MlxVideo.Cli.LocalFarms;

/// <summary>Environment and limits under which a process is started.</summary>
/// <param name="Environment">Variables to set; null removes a variable.</param>
/// <param name="MaxFileBlocks">
/// Maximum size of any file that the process writes, in blocks of 512 bytes; null for no limit. Writes beyond it fail like writes to a full
/// disk.
/// </param>
public sealed record LaunchConditions(IReadOnlyDictionary<string, string?> Environment, int? MaxFileBlocks = null)
{
    /// <summary>This process's environment without limits.</summary>
    public static LaunchConditions None { get; } = new(new Dictionary<string, string?>());

    /// <summary>Returns these conditions with additional ones, which take precedence.</summary>
    public LaunchConditions With(LaunchConditions more)
    {
        var environment = new Dictionary<string, string?>(Environment);
        foreach (var (name, value) in more.Environment)
            environment[name] = value;
        return new LaunchConditions(environment, more.MaxFileBlocks ?? MaxFileBlocks);
    }

    /// <summary>Returns the start of a command line.</summary>
    /// <param name="command">Program and arguments.</param>
    public ProcessStartInfo StartInfo(IReadOnlyList<string> command)
    {
        var start = MaxFileBlocks is { } blocks ? LimitedBy(blocks, command) : new ProcessStartInfo(command[0], command.Skip(1));
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return start;
    }

    /// <summary>Runs the command in place of a shell that sets the limit. Without the trap, the system would kill the process.</summary>
    private static ProcessStartInfo LimitedBy(int blocks, IReadOnlyList<string> command)
    {
        var script = string.Create(CultureInfo.InvariantCulture, $"trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        var start = new ProcessStartInfo("/bin/sh", ["-c", script, "sh", .. command]);
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // would create a large file in memory, to which the limit applies
        return start;
    }
}
