using System.ComponentModel;
using System.Diagnostics;

namespace MlxVideo.Media.Ffmpeg;

/// <summary>The result of a finished program.</summary>
/// <param name="ExitCode">0 for success.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">End of the standard error, as a single line.</param>
internal sealed record ProgramResult(int ExitCode, byte[] Output, string Error);

/// <summary>Runs ffmpeg's programs on data in memory, through standard input and standard output.</summary>
internal static class FfmpegProcess
{
    /// <summary>Runs a program and waits for its exit.</summary>
    /// <param name="program">Path of the program.</param>
    /// <param name="arguments">Unquoted arguments.</param>
    /// <param name="input">Data for the standard input.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <exception cref="MediaException">The program can't be started.</exception>
    public static async Task<ProgramResult> RunAsync(
        string program, IEnumerable<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Start(start);
        try
        {
            using var output = new MemoryStream();
            var writing = FeedAsync(process, input, cancellationToken);
            var reading = process.StandardOutput.BaseStream.CopyToAsync(output, cancellationToken);
            var complaints = process.StandardError.ReadToEndAsync(cancellationToken);
            await Task.WhenAll(writing, reading, complaints);
            await process.WaitForExitAsync(cancellationToken);
            return new ProgramResult(process.ExitCode, output.ToArray(), FfmpegErrors.Tail(await complaints));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    /// <summary>Starts a program.</summary>
    /// <exception cref="MediaException">The program can't be started.</exception>
    internal static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new MediaException($"{start.FileName} did not start.");
        }
        catch (Win32Exception ex)
        {
            throw new MediaException($"{start.FileName} can't be started: {ex.Message}", ex);
        }
    }

    /// <summary>Kills a program that is still running.</summary>
    internal static void End(Process process)
    {
        try
        {
            if (!process.HasExited)
                process.Kill();
        }
        catch (InvalidOperationException)
        {
            // The program exited meanwhile.
        }
    }

    private static async Task FeedAsync(Process process, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program exited before reading all input; its exit code and error output indicate whether this was a failure.
        }
    }
}
