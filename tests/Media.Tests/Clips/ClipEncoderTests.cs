using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Media.Tests.Clips;

public sealed class ClipEncoderTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ClipEncoder _encoder = new(Programs.Tools);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(128, 128, 9, 24.0, "24/1")]
    [InlineData(256, 144, 17, 25.0, "25/1")]
    [InlineData(144, 256, 33, 30.0, "30/1")]
    [InlineData(200, 120, 9, 23.976, "24000/1001")]
    [InlineData(66, 98, 25, 59.94, "60000/1001")]
    [InlineData(64, 64, 1, 24.0, "24/1")]
    [InlineData(64, 64, 2, 12.5, "25/2")]
    [InlineData(64, 64, 9, 0.5, "1/2")]
    [InlineData(64, 64, 9, 240.0, "240/1")]
    [InlineData(64, 64, 17, 119.88, "120000/1001")]
    [InlineData(64, 64, 17, 47.952, "48000/1001")]
    [InlineData(64, 64, 17, 29.97, "30000/1001")]
    [InlineData(64, 64, 17, 239.76, "240000/1001")]
    [InlineData(64, 64, 17, 119.9, "1199/10")]
    [InlineData(64, 64, 17, 23.98, "1199/50")]
    [InlineData(64, 64, 17, 7.77, "777/100")]
    [InlineData(64, 64, 17, 33.333, "33333/1000")]
    [InlineData(64, 64, 17, 59.12345, "967910/16371")]
    [InlineData(64, 64, 3, 0.01, "1/100")]
    public async Task Clip_has_exactly_the_requested_size_frame_count_and_rate(int width, int height, int count, double fps, string rate)
    {
        var path = _folder.At("clip.mp4");
        await _encoder.EncodeAsync(new TestFrames(width, height, count), null, FrameRate.FromFps(fps), path, CancellationToken.None);
        Assert.Equal(
            new VideoInfo(width, height, count, FrameRate.Parse(rate), "h264", "yuv420p", "bt709", "tv"),
            await VideoProbe.ReadAsync(Programs.Tools, path, CancellationToken.None));
        Assert.Equal(["clip.mp4"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Index_precedes_the_media_data()
    {
        var path = _folder.At("clip.mp4");
        await _encoder.EncodeAsync(new TestFrames(128, 128, 25), null, new FrameRate(24, 1), path, CancellationToken.None);
        var bytes = await File.ReadAllBytesAsync(path);
        var (index, data) = (bytes.AsSpan().IndexOf("moov"u8), bytes.AsSpan().IndexOf("mdat"u8));
        Assert.InRange(index, 0, data);
    }

    [Fact]
    public async Task Encoding_is_deterministic()
    {
        foreach (var name in new[] { "a.mp4", "b.mp4" })
            await _encoder.EncodeAsync(new TestFrames(256, 256, 33), null, new FrameRate(24, 1), _folder.At(name), CancellationToken.None);
        Assert.Equal(await File.ReadAllBytesAsync(_folder.At("a.mp4")), await File.ReadAllBytesAsync(_folder.At("b.mp4")));
    }

    [Theory]
    [InlineData(255, 0, 0)]
    [InlineData(0, 255, 0)]
    [InlineData(0, 0, 255)]
    [InlineData(255, 255, 255)]
    [InlineData(0, 0, 0)]
    [InlineData(200, 100, 50)]
    public async Task Decoded_colours_match_the_input(byte red, byte green, byte blue)
    {
        var path = _folder.At("clip.mp4");
        await _encoder.EncodeAsync(new FlatFrames(64, 64, 3, red, green, blue), null, new FrameRate(24, 1), path, CancellationToken.None);
        // Uses the colour matrix from the stream's tags, as players do.
        var shown =
            await Programs.FfmpegAsync([], "-i", $"file:{path}", "-vf", "scale=flags=accurate_rnd,format=rgb24", "-f", "rawvideo", "-");
        Assert.Equal(64 * 64 * 3 * 3, shown.Length);
        Assert.All(shown.Chunk(3), pixel =>
        {
            Assert.InRange(pixel[0], red - 4, red + 4);
            Assert.InRange(pixel[1], green - 4, green + 4);
            Assert.InRange(pixel[2], blue - 4, blue + 4);
        });
    }

    [Fact]
    public async Task Existing_clip_is_replaced_and_missing_folders_are_created()
    {
        var path = _folder.At("x/y/clip.mp4");
        await _encoder.EncodeAsync(new TestFrames(64, 64, 9), null, new FrameRate(24, 1), path, CancellationToken.None);
        await _encoder.EncodeAsync(new TestFrames(64, 64, 17), null, new FrameRate(24, 1), path, CancellationToken.None);
        Assert.Equal(17, (await VideoProbe.ReadAsync(Programs.Tools, path, CancellationToken.None)).Frames);
    }

    [Fact]
    public async Task Frame_source_failure_propagates_and_leaves_no_file()
    {
        var frames = new TestFrames(64, 64, 50)
        {
            BeforeRead = index =>
            { if (index == 20) throw new SafetensorsException("tile", "it is torn"); }
        };
        var ex = await Assert.ThrowsAsync<SafetensorsException>(
            () => _encoder.EncodeAsync(frames, null, new FrameRate(24, 1), _folder.At("clip.mp4"), CancellationToken.None));
        Assert.Contains("it is torn", ex.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Cancellation_stops_the_encoding_and_leaves_no_file()
    {
        using var cancellationSource = new CancellationTokenSource();
        var frames = new TestFrames(64, 64, 1_000_000) { BeforeRead = index => { if (index == 100) cancellationSource.Cancel(); } };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _encoder.EncodeAsync(frames, null, new FrameRate(24, 1), _folder.At("clip.mp4"), cancellationSource.Token));
        Assert.InRange(frames.MaxRead, 100, 1000);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Unwritable_folder_is_reported_in_one_sentence()
    {
        await File.WriteAllTextAsync(_folder.At("file"), "");
        var folder = _folder.At("file/clips");
        var ex =
            await Assert.ThrowsAsync<MediaException>(
                () => _encoder.EncodeAsync(
                    new TestFrames(64, 64, 9), null, new FrameRate(24, 1), Path.Combine(folder, "clip.mp4"), CancellationToken.None));
        Assert.StartsWith($"The folder {folder} can't be written to (", ex.Message, StringComparison.Ordinal);
        Assert.EndsWith("): make it writable or choose another folder.", ex.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_at_the_clip_path_is_reported()
    {
        Directory.CreateDirectory(_folder.At("clip.mp4"));
        var ex = await Assert.ThrowsAsync<MediaException>(
            () => _encoder.EncodeAsync(
                new TestFrames(64, 64, 9), null, new FrameRate(24, 1), _folder.At("clip.mp4"), CancellationToken.None));
        Assert.StartsWith($"{_folder.At("clip.mp4")} can't be written: ", ex.Message, StringComparison.Ordinal);
        Assert.Equal(["clip.mp4"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(
        "av_interleaved_write_frame(): No space left on device", true, "The disk that holds {0} is full: free some space and try again.")]
    [InlineData("Unknown encoder 'libx264'", false, "ffmpeg failed to encode {0}/clip.mp4: Unknown encoder 'libx264'")]
    public async Task Ffmpeg_error_is_passed_on(string complaint, bool isDiskFull, string sentence)
    {
        var program = _folder.Script("ffmpeg", $"[ \"$1\" = -version ] && exit 0\necho \"{complaint}\" >&2\nexit 1\n");
        var encoder = new ClipEncoder(new FfmpegTools(program, program));
        var ex = await Assert.ThrowsAsync<ClipEncodingException>(
            () => encoder.EncodeAsync(
                new TestFrames(64, 64, 9), null, new FrameRate(24, 1), _folder.At("clip.mp4"), CancellationToken.None));
        Assert.Equal(isDiskFull, ex.IsDiskFull);
        Assert.Equal(string.Format(null, sentence, _folder.Path), ex.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Odd_sizes_are_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(
            () => _encoder.EncodeAsync(
                new TestFrames(65, 64, 9), null, new FrameRate(24, 1), _folder.At("clip.mp4"), CancellationToken.None));
    }
}
