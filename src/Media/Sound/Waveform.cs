namespace MlxVideo.Media.Sound;

/// <summary>Audio in memory.</summary>
/// <param name="SampleRate">Samples per second and channel.</param>
/// <param name="Channels">Number of channels: 2 for stereo.</param>
/// <param name="Samples">Samples interleaved by channel; full scale is −1 to 1.</param>
public sealed record Waveform(int SampleRate, int Channels, float[] Samples);
