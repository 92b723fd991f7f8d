using System.Diagnostics;

namespace MlxVideo.Media.Ffmpeg;

/// <summary>A running ffmpeg that reads frames from its standard input.</summary>
internal sealed class FfmpegInput : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;

    private FfmpegInput(Process process)
    {
        _process = process;
        // Read from the start: a full pipe would stop ffmpeg.
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Starts ffmpeg.</summary>
    /// <exception cref="MediaException">It can't be started.</exception>
    public static FfmpegInput Start(FfmpegTools tools, IEnumerable<string> input, IEnumerable<string> output) =>
        new(FfmpegProcess.Start(new ProcessStartInfo(tools.Ffmpeg, ["-v", "error", .. input, .. output])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        }));

    /// <summary>Writes data, unless ffmpeg has ended; <see cref="CompleteAsync"/> then returns why.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        try
        {
            _process.StandardInput.BaseStream.Write(data);
        }
        catch (IOException)
        {
            // ffmpeg has ended early.
        }
    }

    /// <summary>Ends the input and waits for ffmpeg; returns its error, or null.</summary>
    public async Task<string?> CompleteAsync(CancellationToken cancellationToken)
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // ffmpeg has ended early.
        }

        var error = await _error.WaitAsync(cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode == 0 ? null : FfmpegErrors.Tail(error);
    }

    /// <summary>Ends ffmpeg if it is still running.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
