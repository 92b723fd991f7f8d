using System.Security.Cryptography;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Media.Tests.Clips;

public sealed class ClipMuxerTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Tiles_become_a_clip_of_the_asked_size()
    {
        var settings = new RenderSettings { Prompt = "x", Width = 72, Height = 68, NumFrames = 97, Fps = 23.976 };
        var decoded = DecodedTiles.Write(_folder.Path, settings);
        await new ClipMuxer(Programs.Tools).Mux(decoded.Task, decoded.Paths, _folder.At("clip.mp4"), CancellationToken.None);
        var info = await VideoProbe.Read(Programs.Tools, _folder.At("clip.mp4"), CancellationToken.None);
        Assert.Equal((72, 68, 97, new FrameRate(24000, 1001)), (info.Width, info.Height, info.Frames, info.Rate));
    }

    [Fact]
    public async Task The_frame_hash_is_that_of_ffmpegs_listing_and_tells_clips_apart()
    {
        var encoder = new ClipEncoder(Programs.Tools);
        await encoder.Encode(new TestFrames(64, 64, 9), new FrameRate(24, 1), _folder.At("a.mp4"), CancellationToken.None);
        await encoder.Encode(new TestFrames(64, 64, 9), new FrameRate(24, 1), _folder.At("b.mp4"), CancellationToken.None);
        await encoder.Encode(new TestFrames(64, 64, 17), new FrameRate(24, 1), _folder.At("c.mp4"), CancellationToken.None);
        var listing = await Programs.Ffmpeg([], "-i", $"file:{_folder.At("a.mp4")}", "-map", "0:v:0", "-fflags", "+bitexact", "-f", "framemd5", "-");
        var hash = await FrameHash.Md5(Programs.Tools, _folder.At("a.mp4"), CancellationToken.None);
        Assert.Equal(Convert.ToHexStringLower(MD5.HashData(listing)), hash);
        Assert.Equal(hash, await FrameHash.Md5(Programs.Tools, _folder.At("b.mp4"), CancellationToken.None));
        Assert.NotEqual(hash, await FrameHash.Md5(Programs.Tools, _folder.At("c.mp4"), CancellationToken.None));
    }

    [Fact]
    public async Task A_clip_that_can_not_be_read_is_named()
    {
        await File.WriteAllTextAsync(_folder.At("clip.mp4"), "no clip");
        var hash = await Assert.ThrowsAsync<MediaException>(() => FrameHash.Md5(Programs.Tools, _folder.At("clip.mp4"), CancellationToken.None));
        Assert.StartsWith($"The clip {_folder.At("clip.mp4")} can't be read; ffmpeg said: ", hash.Message, StringComparison.Ordinal);
        var probe = await Assert.ThrowsAsync<MediaException>(() => VideoProbe.Read(Programs.Tools, _folder.At("clip.mp4"), CancellationToken.None));
        Assert.StartsWith($"The video {_folder.At("clip.mp4")} can't be read; ffprobe said: ", probe.Message, StringComparison.Ordinal);
    }
}
