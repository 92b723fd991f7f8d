using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Sound;
using MlxVideo.Media.Tests.Clips;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Media.Tests.Sound;

public sealed class AudioFilterTests
{
    private readonly AudioFilter _filter = new(Programs.Tools);

    [Fact]
    public async Task Clean_chain_removes_mains_hum_and_keeps_speech_frequencies()
    {
        Assert.Null(AudioFilterChain.Read("clean", out var chain));
        // Narrow filters need a second to settle.
        var sound = Samples.Tones(72_000, 50, 440);
        var clean = await _filter.ApplyAsync(sound, chain, CancellationToken.None);
        Assert.Equal(sound.Length, clean.Length);
        Assert.InRange(Decibels(50), double.NegativeInfinity, -10);
        Assert.InRange(Decibels(440), -2, 1);

        double Decibels(double hertz) =>
            20 * Math.Log10(Samples.AmplitudeAt(hertz, Second(clean)) / Samples.AmplitudeAt(hertz, Second(sound)));
    }

    [Fact]
    public async Task Filter_that_changes_the_duration_is_applied_and_the_length_can_be_restored()
    {
        var slow = await _filter.ApplyAsync(Samples.Tones(24_000, 440), "atempo=0.5", CancellationToken.None);
        Assert.InRange(slow.Length, 46_000, 50_000);
        Assert.Equal(24_000, slow.WithLength(24_000).Length);
        Assert.All(Samples.Tones(10, 440).WithLength(12).Samples[20..], sample => Assert.Equal(0, sample));
    }

    [Fact]
    public async Task Unusable_values_are_refused_with_the_chain_and_the_reason()
    {
        var ex = await Assert.ThrowsAsync<AudioFilterException>(
            () => _filter.RequireUsableAsync("volume=0.5,highpass=f=loud", CancellationToken.None));
        Assert.Contains("'volume=0.5,highpass=f=loud'", ex.Message);
        await _filter.RequireUsableAsync("volume=0.5", CancellationToken.None);
    }

    private static Waveform Second(Waveform sound) => sound with { Samples = sound.Samples[(2 * 48_000)..(2 * 72_000)] };
}
