using MlxVideo.Media.Sound;
using MlxVideo.Shared.Manifests;

namespace MlxVideo.Media.Tests.Clips;

/// <summary>Sample inputs of clips.</summary>
internal static class Samples
{
    public static readonly ClipOrigin Origin = new(new string('d', 64), "tiny", "x64 cpu float32 plain 1");

    /// <summary>Returns stereo sine waves at 24 kHz, each with the same amplitude.</summary>
    public static Waveform Tones(int length, params double[] hertz) => new(24_000, 2, Enumerable.Range(0, 2 * length)
        .Select(i => (float)hertz.Sum(frequency => Math.Sin(2 * Math.PI * frequency * (i / 2) / 24_000) / 4)).ToArray());

    /// <summary>Returns the amplitude of a frequency in the left channel.</summary>
    public static double AmplitudeAt(double hertz, Waveform sound)
    {
        var (real, imaginary) = (0.0, 0.0);
        for (var i = 0; i < sound.Length; i++)
        {
            var angle = 2 * Math.PI * hertz * i / sound.SampleRate;
            real += sound.Samples[2 * i] * Math.Cos(angle);
            imaginary += sound.Samples[2 * i] * Math.Sin(angle);
        }

        return 2 * Math.Sqrt((real * real) + (imaginary * imaginary)) / sound.Length;
    }
}
