using System.Text;
using System.Text.Json;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Media.Tests.Clips;

public sealed class VideoEncoderTests : IDisposable
{
    private static readonly TestFrames Frames = new(64, 48, 17);

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(VideoEncoderKind.X264, "h264", "yuv420p", "aac")]
    [InlineData(VideoEncoderKind.Prores, "prores", "yuv422p10le", "pcm_s16le")]
    [InlineData(VideoEncoderKind.Ffv1, "ffv1", "bgr0", "flac")]
    public async Task Encoder_writes_its_codecs_with_all_frames_and_repeats_its_bytes(
        VideoEncoderKind encoder, string codec, string pixelFormat, string audioCodec)
    {
        var clip = await EncodeAsync("a", new OutputSettings { Encoder = encoder });
        var info = await VideoProbe.ReadAsync(Programs.Tools, clip, CancellationToken.None);
        Assert.Equal((codec, pixelFormat, 64, 48, 17), (info.Codec, info.PixelFormat, info.Width, info.Height, info.Frames));
        Assert.Equal(audioCodec, await ProbeAsync(clip, "a:0", "codec_name"));
        var again = await EncodeAsync("b", new OutputSettings { Encoder = encoder });
        Assert.Equal(await File.ReadAllBytesAsync(clip), await File.ReadAllBytesAsync(again));
    }

    [Fact]
    public async Task Ffv1_keeps_every_bit_of_the_frames_and_of_the_audio()
    {
        var clip = await EncodeAsync("clip", new OutputSettings { Encoder = VideoEncoderKind.Ffv1 });
        var expected = new byte[64 * 48 * 3];
        var decoded = await Programs.FfmpegAsync([], "-i", $"file:{clip}", "-f", "rawvideo", "-pix_fmt", "rgb24", "-");
        for (var index = 0; index < Frames.Count; index++)
        {
            Frames.Read(index, expected);
            Assert.Equal(expected, decoded.AsSpan(index * expected.Length, expected.Length).ToArray());
        }

        WaveFile.WritePcm16(_folder.At("sound.wav"), Samples.Tones(17_000, 440));
        Assert.Equal(
            await Programs.FfmpegAsync([], "-i", $"file:{_folder.At("sound.wav")}", "-f", "s16le", "-"),
            await Programs.FfmpegAsync([], "-i", $"file:{clip}", "-map", "0:a:0", "-f", "s16le", "-"));
    }

    [Fact]
    public async Task Rate_factor_preset_and_bit_rate_change_the_file_size()
    {
        var plain = await SizeAsync(OutputSettings.Default);
        Assert.InRange(await SizeAsync(new OutputSettings { Crf = 40 }), 1, plain - 1);
        Assert.InRange(await SizeAsync(new OutputSettings { AudioBitrate = 64 }), 1, plain - 1);
        Assert.NotEqual(plain, await SizeAsync(new OutputSettings { Preset = X264Preset.Ultrafast }));

        async Task<long> SizeAsync(OutputSettings output) =>
            new FileInfo(await EncodeAsync($"{output.Crf}-{output.AudioBitrate}-{output.Preset}", output)).Length;
    }

    [Theory]
    [InlineData(VideoEncoderKind.X264)]
    [InlineData(VideoEncoderKind.Prores)]
    [InlineData(VideoEncoderKind.Ffv1)]
    public async Task Tags_are_kept_whole_and_do_not_change_the_frames(VideoEncoderKind encoder)
    {
        var tags = new ClipTags("=A; \\#fox\nü", $"{{\"a\":\"\\n\",\"long\":\"{new string('x', 80_000)}\"}}");
        var tagged = await EncodeAsync("tagged", new OutputSettings { Encoder = encoder }, tags);
        var plain = await EncodeAsync("plain", new OutputSettings { Encoder = encoder });
        Assert.Equal(
            await FrameHash.Md5Async(Programs.Tools, plain, CancellationToken.None),
            await FrameHash.Md5Async(Programs.Tools, tagged, CancellationToken.None));
        var probe = await FfmpegProcess.RunAsync(
            Programs.Tools.Ffprobe, ["-v", "error", "-show_entries", "format_tags", "-of", "json", $"file:{tagged}"], default,
            CancellationToken.None);
        using var answer = JsonDocument.Parse(probe.Output);
        var read = answer.RootElement.GetProperty("format").GetProperty("tags").EnumerateObject()
            .ToDictionary(tag => tag.Name.ToLowerInvariant(), tag => tag.Value.GetString());
        Assert.Equal((tags.Title, tags.Comment), (read["title"], read["comment"]));
    }

    /// <summary>Defect of the predecessor: it read ffmpeg's messages only after the last frame, and ffmpeg waits for a reader.</summary>
    [Fact]
    public async Task Long_messages_of_ffmpeg_do_not_stop_the_encoding()
    {
        // More than a pipe holds.
        const string talk = "i=0; while [ $i -lt 3000 ]; do echo 'a message of ffmpeg that nobody waits for' >&2; i=$((i+1)); done";
        var program = _folder.Script(
            "ffmpeg", $"[ \"$1\" = -version ] && exit 0\n{talk}\necho 'the reason' >&2\nexit 1\n");
        var encoder = new ClipEncoder(new FfmpegTools(program, program));
        var ex = await Assert.ThrowsAsync<ClipEncodingException>(
            () => encoder.EncodeAsync(Frames, null, new FrameRate(24, 1), _folder.At("clip.mp4"), CancellationToken.None)
                .WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.EndsWith("the reason", ex.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encoders_of_macos_are_refused_elsewhere()
    {
        Assert.Null(VideoEncoders.FindProblem(VideoEncoderKind.Prores));
        Assert.Equal(OperatingSystem.IsMacOS(), VideoEncoders.FindProblem(VideoEncoderKind.HevcVideotoolbox) is null);
    }

    private async Task<string> EncodeAsync(string name, OutputSettings output, ClipTags? tags = null)
    {
        var path = _folder.At(name + VideoEncoders.ExtensionOf(output.Encoder));
        await new ClipEncoder(Programs.Tools, output, tags)
            .EncodeAsync(Frames, Samples.Tones(17_000, 440), new FrameRate(24, 1), path, CancellationToken.None);
        return path;
    }

    private static async Task<string> ProbeAsync(string clip, string stream, string entry)
    {
        var probe = await FfmpegProcess.RunAsync(
            Programs.Tools.Ffprobe,
            ["-v", "error", "-select_streams", stream, "-show_entries", $"stream={entry}", "-of", "csv=p=0", $"file:{clip}"], default,
            CancellationToken.None);
        return Encoding.UTF8.GetString(probe.Output).Trim();
    }
}
