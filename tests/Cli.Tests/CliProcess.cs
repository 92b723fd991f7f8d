using System.Diagnostics;

namespace MlxVideo.Cli.Tests;

/// <summary>What a finished run of the program left.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record CliResult(int ExitCode, string Output, string Error)
{
    /// <summary>Fails unless the run ended with this code, with words on standard error and without a stack trace.</summary>
    public void AssertFailed(int exitCode, params string[] words)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}: {Error}");
        Assert.All(words, word => Assert.Contains(word, Error));
        Assert.DoesNotContain("   at ", Error);
        Assert.DoesNotContain("Exception", Error);
    }
}

/// <summary>Runs the program as a process of its own.</summary>
public static class CliProcess
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    /// <summary>Runs it to its end.</summary>
    public static Task<CliResult> Run(params string[] arguments) => Run(new Dictionary<string, string?>(), arguments);

    /// <summary>Runs it with a changed environment; null removes a variable.</summary>
    public static async Task<CliResult> Run(IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Installation.Dotnet, [typeof(CommandLine).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(Timeout);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        return new CliResult(process.ExitCode, await output, await error);
    }
}
