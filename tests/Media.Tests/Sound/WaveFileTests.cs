using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Sound;

namespace MlxVideo.Media.Tests.Sound;

public sealed class WaveFileTests : IDisposable
{
    private static readonly Waveform Odd = new(48_000, 2, [0f, -1f, 0.5f, 1.5f, -0f, -2f, 1f / 3, float.Epsilon]);

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Float_samples_round_trip_exactly()
    {
        WaveFile.WriteFloat(_folder.At("a.wav"), Odd);
        var back = WaveFile.ReadFloat(_folder.At("a.wav"));
        Assert.Equal((Odd.SampleRate, Odd.Channels), (back.SampleRate, back.Channels));
        Assert.Equal(Odd.Samples.Select(BitConverter.SingleToInt32Bits), back.Samples.Select(BitConverter.SingleToInt32Bits));
    }

    [Theory]
    [InlineData(true, "pcm_f32le", 4)]
    [InlineData(false, "pcm_s16le", 2)]
    public async Task Ffmpeg_reads_both_formats(bool floats, string codec, int sampleSize)
    {
        var path = _folder.At("a.wav");
        if (floats)
            WaveFile.WriteFloat(path, Odd);
        else
            WaveFile.WritePcm16(path, Odd);
        var copied = await Programs.FfmpegAsync([], "-i", $"file:{path}", "-c", "copy", "-f", codec[4..], "-");
        Assert.Equal(File.ReadAllBytes(path)[44..], copied);
        Assert.Equal(Odd.Samples.Length * sampleSize, copied.Length);
    }

    [Fact]
    public void Pcm16_samples_are_clamped_to_full_scale_and_truncated()
    {
        WaveFile.WritePcm16(_folder.At("a.wav"), Odd);
        var samples = File.ReadAllBytes(_folder.At("a.wav"))[44..].Chunk(2).Select(bytes => BitConverter.ToInt16(bytes));
        Assert.Equal([0, -32767, 16383, 32767, 0, -32767, 10922, 0], samples.Select(sample => (int)sample));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Non_finite_samples_are_refused(float sample)
    {
        var ex = Assert.Throws<MediaException>(() => WaveFile.WritePcm16(_folder.At("a.wav"), Odd with { Samples = [0, 0.5f, sample] }));
        Assert.Equal("The audio has samples that are not finite numbers: it was damaged before encoding.", ex.Message);
        Assert.False(File.Exists(_folder.At("a.wav")));
    }

    [Theory]
    [InlineData(10, "it ends within its header")]
    [InlineData(70, "it has 26 bytes of samples, but its header specifies 32")]
    public void Truncated_file_is_reported(int length, string why)
    {
        WaveFile.WriteFloat(_folder.At("a.wav"), Odd);
        File.WriteAllBytes(_folder.At("a.wav"), File.ReadAllBytes(_folder.At("a.wav"))[..length]);
        var ex = Assert.Throws<MediaException>(() => WaveFile.ReadFloat(_folder.At("a.wav")));
        Assert.Equal($"The audio file {_folder.At("a.wav")} can't be read: {why}.", ex.Message);
    }

    [Fact]
    public void Other_sample_format_is_refused()
    {
        WaveFile.WritePcm16(_folder.At("a.wav"), Odd);
        var ex = Assert.Throws<MediaException>(() => WaveFile.ReadFloat(_folder.At("a.wav")));
        Assert.Equal($"The audio file {_folder.At("a.wav")} can't be read: its header does not describe 32-bit float samples.", ex.Message);
    }
}
