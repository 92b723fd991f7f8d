using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using MlxVideo.Engine.Kernels;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>
/// Runs the self-test in a child process with a time limit: a crash or a hang of the native library is a failed test and does not end the
/// caller.
/// </summary>
/// <param name="program">The program to start.</param>
/// <param name="arguments">Its first arguments, to which the hidden verb (<see cref="SelfTestChild"/>) and the settings are added.</param>
/// <param name="limit">Time limit; null for the usual one.</param>
public sealed class SelfTestProcess(string program, IReadOnlyList<string> arguments, TimeProvider time, TimeSpan? limit = null)
{
    private const int LongestReason = 200;

    /// <summary>Many times what the test takes, because a GPU compiles its kernels on first use and may be shared.</summary>
    private static readonly TimeSpan UsualLimit = TimeSpan.FromMinutes(3);

    private readonly TimeSpan _limit = limit ?? UsualLimit;

    /// <summary>Tests a device; abnormal ends become part of the report.</summary>
    /// <param name="cancellationToken">Kills the child process.</param>
    public async Task<SelfTestReport> RunAsync(ComputeSettings settings, CancellationToken cancellationToken)
    {
        using var overdue = new CancellationTokenSource(_limit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, overdue.Token);
        var lines = new List<SelfTestLine>();
        try
        {
            using var process = Start(settings);
            try
            {
                var error = process.StandardError.ReadToEndAsync(stop.Token);
                while (await process.StandardOutput.ReadLineAsync(stop.Token) is { } text)
                {
                    if (SelfTestLine.Read(text) is { } line)
                        lines.Add(line);
                }

                await process.WaitForExitAsync(stop.Token);
                return Report(lines, Failure(lines, process.ExitCode, await error));
            }
            finally
            {
                if (!process.HasExited)
                    process.Kill(entireProcessTree: true);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Report(lines, string.Create(
                CultureInfo.InvariantCulture, $"The self-test did not finish {Running(lines)} within {_limit.TotalSeconds:0.#} s."));
        }
        catch (Win32Exception ex)
        {
            return Report(lines, $"The self-test could not be started ({ex.Message.TrimEnd('.')}).");
        }
    }

    private Process Start(ComputeSettings settings)
    {
        var start = new ProcessStartInfo(
            program, [.. arguments, SelfTestChild.Verb, settings.Device, settings.Dtype, settings.Kernels])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // diagnostic sockets would outlive a killed process
        return Process.Start(start)!;
    }

    private static SelfTestReport Report(List<SelfTestLine> lines, string? failure)
    {
        var first = lines.Find(line => line.Settings is not null);
        return new SelfTestReport(
            first?.Settings, first?.Libtorch, lines.Select(line => line.Result).OfType<OperationResult>().ToList(),
            IsComplete(lines) ? null : failure, Features(lines));
    }

    /// <summary>Returns whether every operation has a result; a later crash costs only the function that was tried.</summary>
    private static bool IsComplete(List<SelfTestLine> lines) =>
        lines.Count(line => line.Result is not null) == SelfTest.Operations.Count;

    private static List<FeatureResult> Features(List<SelfTestLine> lines)
    {
        var results = lines.Select(line => line.Feature).OfType<FeatureResult>().ToList();
        if (IsComplete(lines) && lines is [.., { Started: { } unfinished }])
            results.Add(new FeatureResult(unfinished, false, "crashed or did not end"));
        return results;
    }

    private static string? Failure(List<SelfTestLine> lines, int exitCode, string error)
    {
        if (lines.Find(line => line.Refusal is not null)?.Refusal is { } refusal)
            return refusal;
        if (IsComplete(lines))
            return null;
        // Native libraries print the reason of an abort first.
        var reason = error.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
        var told = reason.Length == 0 ? "" : $": {(reason.Length > LongestReason ? reason[..LongestReason] : reason).TrimEnd('.')}";
        return string.Create(CultureInfo.InvariantCulture, $"The self-test crashed in {Running(lines)} (exit code {exitCode}{told}).");
    }

    private static string Running(List<SelfTestLine> lines) =>
        lines is [.., { Started: { } operation }] ? $"'{operation}'" : "its preparation";
}
