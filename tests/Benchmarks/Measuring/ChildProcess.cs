using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MlxVideo.Benchmarks.Measuring;

/// <summary>
/// This program again, as a process of its own for one measurement: what earlier measurements left in memory then neither
/// counts nor helps.
/// </summary>
public static class ChildProcess
{
    /// <summary>CPU threads of libtorch in the children.</summary>
    public static int LibtorchThreads { get; set; } = Environment.ProcessorCount;

    /// <summary>Starts the child and returns what it writes to standard output, a JSON document.</summary>
    /// <exception cref="InvalidOperationException">It failed; its own words are on standard error.</exception>
    /// <param name="verb">What kind of child it is.</param>
    /// <param name="arguments">What it measures.</param>
    public static T Start<T>(string verb, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        foreach (var argument in (string[])[verb, LibtorchThreads.ToString(CultureInfo.InvariantCulture), .. arguments])
            start.ArgumentList.Add(argument);
        using var child = Process.Start(start)!;
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0
            ? JsonSerializer.Deserialize<T>(output)!
            : throw new InvalidOperationException(
                $"The measuring process '{verb} {string.Join(' ', arguments)}' ended with exit code {child.ExitCode}.");
    }
}
