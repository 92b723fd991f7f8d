using System.Globalization;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Clips;

/// <summary>
/// Writes the frames of a clip as PNG files, <c>frame_0000.png</c> onwards. The folder appears under its name only when complete, and
/// replaces an earlier one.
/// </summary>
public sealed class FrameFolder : IFrameObserver, IDisposable
{
    private readonly FfmpegTools _tools;
    private readonly string _folder;
    private readonly string _partial;
    private FfmpegInput? _ffmpeg;

    /// <summary>Creates the hidden folder in which the frames are collected.</summary>
    /// <param name="folder">The folder to write.</param>
    /// <exception cref="MediaException">The folder can't be written.</exception>
    public FrameFolder(FfmpegTools tools, string folder)
    {
        _tools = tools;
        _folder = Path.GetFullPath(folder);
        _partial = Path.Combine(Path.GetDirectoryName(_folder)!, $".{Guid.NewGuid():N}.frames");
        Guarded(() => Directory.CreateDirectory(_partial));
    }

    /// <inheritdoc/>
    public void OnFrame(int index, int width, int height, ReadOnlySpan<byte> rgb)
    {
        var size = string.Create(CultureInfo.InvariantCulture, $"{width}x{height}");
        _ffmpeg ??= FfmpegInput.Start(
            _tools,
            ["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", size, "-i", "pipe:0"],
            ["-start_number", "0", "-f", "image2", Path.Combine(_partial.Replace("%", "%%"), "frame_%04d.png")]);
        _ffmpeg.Write(rgb);
    }

    /// <summary>Waits until all frames are written, and moves the folder to its final name.</summary>
    /// <exception cref="MediaException">The frames could not be written.</exception>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        if (_ffmpeg is not null && await _ffmpeg.CompleteAsync(cancellationToken) is { } error)
            throw new MediaException($"The frames can't be written to {_folder}: {error}");
        Guarded(() =>
        {
            if (Directory.Exists(_folder))
                Directory.Delete(_folder, recursive: true);
            Directory.Move(_partial, _folder);
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ffmpeg?.Dispose();
        if (Directory.Exists(_partial))
            Directory.Delete(_partial, recursive: true);
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            throw new MediaException($"The frames can't be written to {_folder}: {ex.Message}", ex);
        }
    }
}
