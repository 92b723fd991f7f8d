using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Media.Clips;

/// <summary>Executes mux stages: joins decoded tiles and audio to an mp4.</summary>
public sealed class ClipMuxer(FfmpegTools tools)
{
    /// <summary>Writes a clip's mp4.</summary>
    /// <param name="stage">The mux stage, with size, crop and frame rate.</param>
    /// <param name="fileOf">Returns the file of an input of the stage.</param>
    /// <param name="output">The mp4 to write; it appears only when complete.</param>
    /// <param name="cancellationToken">Cancels muxing.</param>
    /// <exception cref="DamagedArtefactException">An input is unusable.</exception>
    /// <exception cref="IOException">Muxing failed; the message is one sentence for the user.</exception>
    public async Task MuxAsync(MuxStage stage, Func<string, string> fileOf, string output, CancellationToken cancellationToken)
    {
        using var frames = Read(() => new TileJoiner(stage, stage.Tiles.Select(fileOf).ToList()));
        var sound = stage.Audio is null ? null : Read(() => WaveFile.ReadFloat(fileOf(stage.Audio)));
        await new ClipEncoder(tools).EncodeAsync(frames, sound, FrameRate.FromFps(stage.Fps), output, cancellationToken);
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
