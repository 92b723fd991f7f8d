using System.Diagnostics;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Files;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Tests;

/// <summary>The exit code, standard output and standard error of a finished run.</summary>
public sealed record CliResult(int ExitCode, string Output, string Error)
{
    /// <summary>Asserts exit code 0.</summary>
    public void AssertDone() => Assert.True(ExitCode == ExitCodes.Done, $"exit code {ExitCode}: {Error}\n{Output}");

    /// <summary>Asserts the exit code, the words on standard error, and the absence of a stack trace.</summary>
    public void AssertFailed(int exitCode, params string[] words)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}: {Error}\n{Output}");
        Assert.All(words, word => Assert.Contains(word, Error));
        Assert.DoesNotContain("   at ", Error);
        Assert.DoesNotContain("Exception", Error);
    }
}

/// <summary>The program in a separate process.</summary>
public sealed class CliProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly IReadOnlyDictionary<string, string?> SameEnvironment = new Dictionary<string, string?>();

    private readonly Process _process;
    private readonly Task<string> _error;

    private CliProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    /// <summary>Starts the program with a changed environment; null removes a variable.</summary>
    public static CliProcess Start(IReadOnlyDictionary<string, string?> environment, params string[] arguments) =>
        Start(new ProcessStartInfo(Installation.Dotnet, [typeof(CommandLine).Assembly.Location, .. arguments]), environment);

    /// <summary>Runs the program to completion.</summary>
    public static Task<CliResult> RunAsync(params string[] arguments) => RunAsync(SameEnvironment, arguments);

    /// <summary>Runs the program to completion with a changed environment; null removes a variable.</summary>
    public static async Task<CliResult> RunAsync(IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        using var program = Start(environment, arguments);
        return await program.WaitForResultAsync();
    }

    /// <summary>Runs the program to completion from a shell, after <paramref name="preparation"/>.</summary>
    public static async Task<CliResult> RunAfterAsync(
        string preparation, IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        using var program = StartAfter(preparation, environment, arguments);
        return await program.WaitForResultAsync();
    }

    /// <summary>Starts the program in place of a shell, after <paramref name="preparation"/>.</summary>
    public static CliProcess StartAfter(string preparation, IReadOnlyDictionary<string, string?> environment, params string[] arguments) =>
        StartInShell($"{preparation}; exec \"$@\"", environment, arguments);

    /// <summary>Starts a shell script, which runs the program as <c>"$@"</c>.</summary>
    public static CliProcess StartInShell(string script, IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        string[] shell = ["-c", script, "sh", Installation.Dotnet, typeof(CommandLine).Assembly.Location];
        return Start(new ProcessStartInfo("/bin/sh", [.. shell, .. arguments]), environment);
    }

    /// <summary>Reads the output up to the first line that contains <paramref name="words"/>.</summary>
    public async Task WaitForOutputAsync(string words)
    {
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            if (line.Contains(words, StringComparison.Ordinal))
                return;
        }

        Assert.Fail($"The program ended without printing '{words}': {await _error}");
    }

    /// <summary>Reads one line of the output.</summary>
    public async Task<string> ReadLineAsync() => await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience)
        ?? throw new InvalidOperationException($"The program ended without output: {await _error}");

    /// <summary>Waits for the program to end and returns its result.</summary>
    /// <param name="patience">Maximum time; ten minutes when null.</param>
    public async Task<CliResult> WaitForResultAsync(TimeSpan? patience = null)
    {
        var output = await _process.StandardOutput.ReadToEndAsync().WaitAsync(patience ?? Patience);
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return new CliResult(_process.ExitCode, output, await _error);
    }

    /// <summary>Kills the program and its child processes if it is still running.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static CliProcess Start(ProcessStartInfo start, IReadOnlyDictionary<string, string?> environment)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new CliProcess(Process.Start(start)!);
    }
}
