using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Manifests;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Media.Clips;

/// <summary>
/// Executes mux stages: joins decoded tiles and audio to a clip, with its manifest in the container, or writes audio alone.
/// </summary>
/// <param name="observers">See the frames while they are encoded; none when null.</param>
public sealed class ClipMuxer(FfmpegTools tools, IReadOnlyList<IFrameObserver>? observers = null)
{
    /// <summary>Writes a clip.</summary>
    /// <param name="stage">The mux stage, with size, crop, frame rate and the clip's settings.</param>
    /// <param name="origin">What rendered the frames, for the manifest.</param>
    /// <param name="fileOf">Returns the file of an input of the stage.</param>
    /// <param name="output">The file to write; it appears only when complete.</param>
    /// <param name="cancellationToken">Cancels muxing.</param>
    /// <returns>The audio as encoded: filtered, and as long as the video; null for a silent clip.</returns>
    /// <exception cref="DamagedArtefactException">An input is unusable.</exception>
    /// <exception cref="IOException">Muxing failed; the message is one sentence for the user.</exception>
    public async Task<Waveform?> MuxAsync(
        MuxStage stage, ClipOrigin origin, Func<string, string> fileOf, string output, CancellationToken cancellationToken)
    {
        if (stage.Tiles.Count == 0)
            return await WriteAudioAsync(stage, origin, fileOf, output, cancellationToken);
        using var frames = Read(() => new TileJoiner(stage, stage.Tiles.Select(fileOf).ToList()));
        return await EncodeAsync(stage, origin, frames, fileOf, output, cancellationToken);
    }

    /// <summary>Returns the manifest of a clip.</summary>
    /// <param name="fileOf">Returns the file of an input of the stage.</param>
    public static ClipManifest ManifestOf(MuxStage stage, ClipOrigin origin, Func<string, string> fileOf) => new(origin, stage.Settings)
    {
        EnhancedPrompt = stage.EnhancedPrompt is { } prompt ? File.ReadAllText(fileOf(prompt)) : null,
    };

    /// <summary>Writes a clip while its tiles are still being decoded, with the same bytes as <see cref="MuxAsync"/>.</summary>
    /// <param name="frameCount">Number of frames of the clip.</param>
    /// <param name="fileOf">Returns the file of an input other than the tiles; all of them must exist already.</param>
    /// <param name="nextTile">Waits for the next tile, in order, and returns its file.</param>
    /// <param name="release">Called with the file of a tile that is no longer needed.</param>
    public async Task<Waveform?> MuxArrivingAsync(
        MuxStage stage, ClipOrigin origin, int frameCount, Func<string, string> fileOf, Func<string> nextTile, Action<string> release,
        string output, CancellationToken cancellationToken)
    {
        using var frames = new TileStream(stage, frameCount, nextTile, release);
        return await EncodeAsync(stage, origin, frames, fileOf, output, cancellationToken);
    }

    private async Task<Waveform?> EncodeAsync(
        MuxStage stage, ClipOrigin origin, IRgbFrames frames, Func<string, string> fileOf, string output,
        CancellationToken cancellationToken)
    {
        var (rate, encoding) = (FrameRate.FromFps(stage.Fps), stage.Settings.Output);
        var sound = await AudioOfAsync(stage, frames.Count, fileOf, cancellationToken);
        var seen = observers is { Count: > 0 } ? new ObservedFrames(frames, observers) : frames;
        await new ClipEncoder(tools, encoding, TagsOf(stage, origin, fileOf)).EncodeAsync(seen, sound, rate, output, cancellationToken);
        return sound;
    }

    private async Task<Waveform> WriteAudioAsync(
        MuxStage stage, ClipOrigin origin, Func<string, string> fileOf, string output, CancellationToken cancellationToken)
    {
        var sound = await AudioOfAsync(stage, stage.Settings.NumFrames, fileOf, cancellationToken)
            ?? throw new MediaException("A clip has neither decoded tiles nor audio.");
        await new AudioEncoder(tools, TagsOf(stage, origin, fileOf)).EncodeAsync(sound, output, cancellationToken);
        return sound;
    }

    private static ClipTags TagsOf(MuxStage stage, ClipOrigin origin, Func<string, string> fileOf) =>
        new(stage.Settings.Prompt, ManifestOf(stage, origin, fileOf).ToJson());

    /// <summary>Returns the audio of a clip, filtered and as long as the frames; null for a silent clip.</summary>
    private async Task<Waveform?> AudioOfAsync(
        MuxStage stage, int frameCount, Func<string, string> fileOf, CancellationToken cancellationToken)
    {
        var sound = stage.Audio is null ? null : Read(() => WaveFile.ReadFloat(fileOf(stage.Audio)));
        if (sound is not null && stage.Settings.Output.AudioFilter is { Length: > 0 } filter)
            sound = await new AudioFilter(tools).ApplyAsync(sound, filter, cancellationToken);
        return sound?.WithLength(FrameRate.FromFps(stage.Fps).SamplesIn(frameCount, sound.SampleRate));
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
