using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Tests.Renders;

public sealed class OutputSettingsTests
{
    [Theory]
    [InlineData("x264", VideoEncoderKind.X264, ".mp4")]
    [InlineData("LIBX264", VideoEncoderKind.X264, ".mp4")]
    [InlineData("cv2", VideoEncoderKind.X264, ".mp4")]
    [InlineData("ffmpeg", VideoEncoderKind.X264, ".mp4")]
    [InlineData("h264_videotoolbox", VideoEncoderKind.H264Videotoolbox, ".mp4")]
    [InlineData("hevc-videotoolbox", VideoEncoderKind.HevcVideotoolbox, ".mp4")]
    [InlineData("ProRes", VideoEncoderKind.Prores, ".mov")]
    [InlineData("ffv1", VideoEncoderKind.Ffv1, ".mkv")]
    public void Encoder_has_a_name_and_a_container(string name, VideoEncoderKind expected, string extension)
    {
        Assert.Null(OutputSettingsRules.Encoder(name, out var encoder));
        Assert.Equal((expected, extension), (encoder, VideoEncoders.ExtensionOf(encoder)));
    }

    [Fact]
    public void Unknown_names_are_refused_with_the_known_ones()
    {
        Assert.Equal(
            "Unknown encoder 'av1': use x264, h264-videotoolbox, hevc-videotoolbox, prores or ffv1.",
            OutputSettingsRules.Encoder("av1", out _));
        Assert.Equal(
            "Unknown preset 'quick': use ultrafast, superfast, veryfast, faster, fast, medium, slow, slower or veryslow.",
            OutputSettingsRules.Preset("quick", out _));
    }

    [Theory]
    [InlineData("192", 192)]
    [InlineData("192k", 192)]
    public void Bit_rate_is_read_with_and_without_its_unit(string text, int expected)
    {
        Assert.Null(OutputSettingsRules.AudioBitrate(text, out var bitrate));
        Assert.Equal(expected, bitrate);
    }

    [Fact]
    public void Every_invalid_setting_is_reported()
    {
        var bad = new OutputSettings
        {
            Encoder = (VideoEncoderKind)9,
            Preset = (X264Preset)99,
            Crf = 52,
            AudioBitrate = 8,
            AudioFilter = "amovie=x",
        };
        Assert.Equal(
            ["video_encoder", "encoder_preset", "crf", "audio_bitrate", "audio_filter"],
            RenderSettingsRules.Check(new RenderSettings { Prompt = "x", Output = bad }).Select(error => error.Setting));
    }

    [Theory]
    [InlineData("none", "")]
    [InlineData("OFF", "")]
    [InlineData("false", "")]
    [InlineData("0", "")]
    [InlineData("clean", AudioFilterChain.CleanChain)]
    [InlineData(" highpass=f=30, volume=0.8 ", "highpass=f=30, volume=0.8")]
    [InlineData("pan=stereo|c0<c0+c1|c1<c0+c1", "pan=stereo|c0<c0+c1|c1<c0+c1")]
    public void Audio_filter_is_read(string text, string expected)
    {
        Assert.Null(AudioFilterChain.Read(text, out var chain));
        Assert.Equal(expected, chain);
    }

    [Theory]
    [InlineData("amovie=secret.wav")]
    [InlineData("volume=1,ametadata=print:file=out")]
    [InlineData("loudnorm=stats_file=out")]
    [InlineData("volume=/etc/passwd")]
    [InlineData("volume=1;amovie=x")]
    [InlineData("volume='1,amovie=x'")]
    [InlineData("volume=1\\,2")]
    [InlineData("[in]volume=1")]
    [InlineData("volume=1,")]
    [InlineData("volume@x=1")]
    public void Audio_filter_that_could_reach_files_is_refused(string text) => Assert.NotNull(AudioFilterChain.Read(text, out _));
}
