using System.Diagnostics;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Files;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Tests;

/// <summary>What a finished run of the program left.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record CliResult(int ExitCode, string Output, string Error)
{
    /// <summary>Fails unless the run ended with code 0.</summary>
    public void AssertDone() => Assert.True(ExitCode == ExitCodes.Done, $"exit code {ExitCode}: {Error}\n{Output}");

    /// <summary>Fails unless the run ended with this code, with words on standard error and without a stack trace.</summary>
    public void AssertFailed(int exitCode, params string[] words)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}: {Error}\n{Output}");
        Assert.All(words, word => Assert.Contains(word, Error));
        Assert.DoesNotContain("   at ", Error);
        Assert.DoesNotContain("Exception", Error);
    }
}

/// <summary>The program as a process of its own.</summary>
public sealed class CliProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly IReadOnlyDictionary<string, string?> SameEnvironment = new Dictionary<string, string?>();

    private readonly Process _process;
    private readonly Task<string> _error;

    private CliProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts it with a changed environment; null removes a variable.</summary>
    public static CliProcess Start(IReadOnlyDictionary<string, string?> environment, params string[] arguments) =>
        Start(new ProcessStartInfo(Installation.Dotnet, [typeof(CommandLine).Assembly.Location, .. arguments]), environment);

    /// <summary>Runs it to its end.</summary>
    public static Task<CliResult> Run(params string[] arguments) => Run(SameEnvironment, arguments);

    /// <summary>Runs it to its end with a changed environment; null removes a variable.</summary>
    public static async Task<CliResult> Run(IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        using var program = Start(environment, arguments);
        return await program.Ended();
    }

    /// <summary>Runs it to its end from a shell, where <paramref name="preparation"/> comes first.</summary>
    public static async Task<CliResult> RunAfter(
        string preparation, IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        using var program = StartAfter(preparation, environment, arguments);
        return await program.Ended();
    }

    /// <summary>Starts it in a shell's place, where <paramref name="preparation"/> comes first.</summary>
    public static CliProcess StartAfter(string preparation, IReadOnlyDictionary<string, string?> environment, params string[] arguments) =>
        StartInShell($"{preparation}; exec \"$@\"", environment, arguments);

    /// <summary>Starts a shell's script, which runs it as <c>"$@"</c>.</summary>
    public static CliProcess StartInShell(string script, IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        string[] shell = ["-c", script, "sh", Installation.Dotnet, typeof(CommandLine).Assembly.Location];
        return Start(new ProcessStartInfo("/bin/sh", [.. shell, .. arguments]), environment);
    }

    /// <summary>Reads its output to the first line that holds <paramref name="words"/>.</summary>
    public async Task Saying(string words)
    {
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            if (line.Contains(words, StringComparison.Ordinal))
                return;
        }

        Assert.Fail($"It ended without '{words}': {await _error}");
    }

    /// <summary>What it left once it has ended.</summary>
    public async Task<CliResult> Ended()
    {
        var output = await _process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return new CliResult(_process.ExitCode, output, await _error);
    }

    /// <summary>Kills it and what it started, if it is still there.</summary>
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
