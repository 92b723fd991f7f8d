using System.Globalization;
using System.Runtime.InteropServices;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Sound;

/// <summary>Applies chains of ffmpeg's audio filters.</summary>
public sealed class AudioFilter(FfmpegTools tools)
{
    private const int ProbeSamples = 2400; // a tenth of a second

    /// <summary>Returns the filtered audio at the same rate and with the same channels; its length may differ.</summary>
    /// <param name="chain">The chain, checked by <see cref="Shared.Renders.AudioFilterChain"/>.</param>
    /// <exception cref="AudioFilterException">ffmpeg refuses the chain.</exception>
    /// <exception cref="MediaException">ffmpeg can't be started or did not end by itself.</exception>
    public async Task<Waveform> ApplyAsync(Waveform sound, string chain, CancellationToken cancellationToken)
    {
        var format = string.Create(CultureInfo.InvariantCulture, $"-f f32le -ar {sound.SampleRate} -ac {sound.Channels}").Split(' ');
        var result = await FfmpegProcess.RunAsync(
            tools.Ffmpeg,
            ["-v", "error", "-filter_threads", "1", .. format, "-i", "pipe:0", "-af", chain, .. format, "pipe:1"],
            MemoryMarshal.AsBytes(sound.Samples.AsSpan()).ToArray(), cancellationToken);
        if (result.ExitCode == 0)
            return sound with { Samples = MemoryMarshal.Cast<byte, float>(result.Output).ToArray() };
        throw FfmpegErrors.WasKilled(result)
            ? new MediaException($"ffmpeg was ended while it filtered the audio: {result.Error}")
            : new AudioFilterException($"ffmpeg refuses the audio filter '{chain}': {result.Error}");
    }

    /// <summary>Checks that ffmpeg accepts a chain, on a moment of silence.</summary>
    /// <exception cref="AudioFilterException">ffmpeg refuses the chain.</exception>
    public Task RequireUsableAsync(string chain, CancellationToken cancellationToken) =>
        ApplyAsync(new Waveform(24_000, 2, new float[2 * ProbeSamples]), chain, cancellationToken);
}
