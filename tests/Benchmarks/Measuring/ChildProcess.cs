using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MlxVideo.Benchmarks.Measuring;

/// <summary>
/// Runs this program in a separate process for one measurement, which isolates it from memory and caches left by earlier ones.
/// </summary>
public static class ChildProcess
{
    /// <summary>Number of libtorch CPU threads in the child processes.</summary>
    public static int LibtorchThreads { get; set; } = Environment.ProcessorCount;

    /// <summary>Runs a child process and deserializes the JSON document that it writes to standard output.</summary>
    /// <exception cref="InvalidOperationException">The child failed; its error message is on standard error.</exception>
    /// <param name="verb">The kind of child process.</param>
    /// <param name="arguments">The measurement.</param>
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
