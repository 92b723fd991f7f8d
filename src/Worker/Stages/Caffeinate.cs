using System.Diagnostics;
using System.Globalization;
using MlxVideo.Cluster.Configuration;

namespace MlxVideo.Worker.Stages;

/// <summary>
/// Keeps a Mac from falling asleep for lack of user activity, with macOS's <c>caffeinate</c>, which also ends when this process does. A
/// closed lid and the menu's Sleep command still put it to sleep.
/// </summary>
public sealed class Caffeinate
{
    private const string Program = "caffeinate";

    private readonly string _program;

    private Caffeinate(string program) => _program = program;

    /// <summary>Finds the program.</summary>
    /// <param name="searchPath">Folders to search, in the form of the PATH variable.</param>
    /// <exception cref="InvalidConfigurationException">The system has no such program.</exception>
    public static Caffeinate Find(string? searchPath)
    {
        var program = (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists);
        return program is null
            ? throw new InvalidConfigurationException(
                "--keep-awake uses caffeinate, a program of macOS that this machine lacks: leave the option out, and change the machine's "
                    + "own power settings.")
            : new Caffeinate(program);
    }

    /// <summary>Keeps the Mac awake until the result is disposed of.</summary>
    public IDisposable Hold()
    {
        var start = new ProcessStartInfo(_program) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("-i");
        start.ArgumentList.Add("-w");
        start.ArgumentList.Add(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return new Assertion(Process.Start(start)!);
    }

    private sealed class Assertion(Process process) : IDisposable
    {
        public void Dispose()
        {
            using (process)
            {
                process.Kill();
                process.WaitForExit();
            }
        }
    }
}
