namespace MlxVideo.Media.Sound;

/// <summary>Sound in memory.</summary>
/// <param name="SampleRate">Samples a second of each channel.</param>
/// <param name="Channels">Channels: 2 for stereo.</param>
/// <param name="Samples">Interleaved by channel; full scale is −1 to 1.</param>
public sealed record Waveform(int SampleRate, int Channels, float[] Samples);
