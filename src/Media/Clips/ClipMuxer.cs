using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Renders.Stages;

namespace MlxVideo.Media.Clips;

/// <summary>Runs mux stages: decoded tiles in, mp4 out.</summary>
public sealed class ClipMuxer(FfmpegTools tools)
{
    /// <summary>Makes a clip's mp4.</summary>
    /// <param name="task">Size, crop and rate.</param>
    /// <param name="tiles">Files of <see cref="MuxTask.Tiles"/> in order.</param>
    /// <param name="output">The mp4 to write; appears only when it is whole.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="IOException">It failed; the message is one sentence for the user.</exception>
    public async Task Mux(MuxTask task, IReadOnlyList<string> tiles, string output, CancellationToken cancellation)
    {
        using var frames = new TileJoiner(task, tiles);
        await new ClipEncoder(tools).Encode(frames, FrameRate.FromFps(task.Fps), output, cancellation);
    }
}
