using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Media.Clips;

/// <summary>Runs mux stages: decoded tiles and sound in, mp4 out.</summary>
public sealed class ClipMuxer(FfmpegTools tools)
{
    /// <summary>Makes a clip's mp4.</summary>
    /// <param name="stage">Size, crop and rate.</param>
    /// <param name="fileOf">The file of each of the stage's inputs.</param>
    /// <param name="output">The mp4 to write; appears only when it is whole.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DamagedArtefactException">An input can't be used.</exception>
    /// <exception cref="IOException">It failed; the message is one sentence for the user.</exception>
    public async Task Mux(MuxStage stage, Func<string, string> fileOf, string output, CancellationToken cancellationToken)
    {
        using var frames = Read(() => new TileJoiner(stage, stage.Tiles.Select(fileOf).ToList()));
        var sound = stage.Sound is null ? null : Read(() => WaveFile.ReadFloat(fileOf(stage.Sound)));
        await new ClipEncoder(tools).Encode(frames, sound, FrameRate.FromFps(stage.Fps), output, cancellationToken);
    }

    private static T Read<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (Exception ex) when (ex is MediaException or SafetensorsException)
        {
            throw new DamagedArtefactException(ex.Message, ex);
        }
    }
}
