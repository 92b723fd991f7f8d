namespace MlxVideo.Media.Sound;

/// <summary>Audio in memory.</summary>
/// <param name="SampleRate">Samples per second and channel.</param>
/// <param name="Channels">Number of channels: 2 for stereo.</param>
/// <param name="Samples">Samples interleaved by channel; full scale is −1 to 1.</param>
public sealed record Waveform(int SampleRate, int Channels, float[] Samples)
{
    /// <summary>Duration in samples per channel.</summary>
    public int Length => Samples.Length / Channels;

    /// <summary>Returns the audio with a length in samples per channel: padded with silence, or trimmed at the end.</summary>
    public Waveform WithLength(int length)
    {
        if (length == Length)
            return this;
        var samples = new float[length * Channels];
        Samples.AsSpan(0, Math.Min(Samples.Length, samples.Length)).CopyTo(samples);
        return this with { Samples = samples };
    }
}
