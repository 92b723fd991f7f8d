using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Media.Tests.Clips;

public sealed class ClipMuxerTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Tiles_are_muxed_into_a_clip_of_the_requested_size()
    {
        var settings = new RenderSettings { Prompt = "x", Width = 72, Height = 68, NumFrames = 97, Fps = 23.976 };
        var decoded = DecodedTiles.Write(_folder.Path, settings);
        await MuxAsync(decoded, decoded.Stage, "clip.mp4");
        var info = await VideoProbe.ReadAsync(Programs.Tools, _folder.At("clip.mp4"), CancellationToken.None);
        Assert.Equal((72, 68, 97, new FrameRate(24000, 1001)), (info.Width, info.Height, info.Frames, info.Rate));
    }

    [Fact]
    public async Task Audio_is_muxed_and_neither_stream_truncates_the_other()
    {
        var decoded = DecodedTiles.Write(_folder.Path, new RenderSettings { Prompt = "x", Width = 64, Height = 64, NumFrames = 25 });
        var tone = new Waveform(
            24_000, 2, Enumerable.Range(0, 2 * 12_000).Select(i => MathF.Sin(2 * MathF.PI * 440 * (i / 2) / 24_000f) / 2).ToArray());
        WaveFile.WriteFloat(_folder.At("sound.wav"), tone);
        await MuxAsync(decoded, decoded.Stage with { Audio = "sound" }, "clip.mp4");
        Assert.Equal(25, (await VideoProbe.ReadAsync(Programs.Tools, _folder.At("clip.mp4"), CancellationToken.None)).Frames);

        var decodedSound = await Programs.FfmpegAsync([], "-i", $"file:{_folder.At("clip.mp4")}", "-map", "0:a:0", "-f", "f32le", "-");
        var heard = MemoryMarshal.Cast<byte, float>(decodedSound).ToArray();
        Assert.InRange(heard.Length / 2, 25_000, 25_000 + 1024); // silence up to the end of the video; AAC frames have 1024 samples
        // After the codec's first frames, the decoded tone matches the input.
        var error = Enumerable.Range(4_000, 16_000).Average(i => Math.Abs(heard[i] - tone.Samples[i]));
        Assert.InRange(error, 0, 0.01);
        Assert.Equal(
            ["clip.mp4", "sound.wav"], Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName)
                .Where(name => !name!.StartsWith("tile", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task Audio_alone_is_written_as_a_file_of_the_clips_length()
    {
        var settings = new RenderSettings
        {
            Prompt = "x",
            Pipeline = PipelineKind.TextToAudio,
            NumFrames = 25,
            Output = OutputSettings.Default with { AudioFilter = "volume=0.5" },
        };
        WaveFile.WriteFloat(_folder.At("sound.wav"), new Waveform(24_000, 2, Enumerable.Repeat(0.5f, 2 * 48_000).ToArray()));
        var stage = (MuxStage)StagePlanner.Plan(settings).Stages[^1];
        await new ClipMuxer(Programs.Tools).MuxAsync(
            stage, Samples.Origin, _ => _folder.At("sound.wav"), _folder.At("clip.wav"), CancellationToken.None);
        var samples = await Programs.FfmpegAsync([], "-i", $"file:{_folder.At("clip.wav")}", "-f", "s16le", "-");
        Assert.Equal(2 * 25_000, samples.Length / sizeof(short)); // 25 frames at 24 fps
        Assert.InRange(MemoryMarshal.Cast<byte, short>(samples)[20_000], 8_150, 8_200); // a quarter of full scale
        var manifest = await ManifestFile.ReadAsync(Programs.Tools, _folder.At("clip.wav"), CancellationToken.None);
        Assert.Equal(PipelineKind.TextToAudio, manifest.Settings.Pipeline);
        Assert.Equal(32, (await FrameHash.Md5Async(Programs.Tools, _folder.At("clip.wav"), CancellationToken.None)).Length);
    }

    [Theory]
    [InlineData("no tile")]
    [InlineData("")]
    public async Task Damaged_tile_is_distinguished_from_an_encoder_failure(string content)
    {
        var decoded = DecodedTiles.Write(_folder.Path, new RenderSettings { Prompt = "x", Width = 64, Height = 64, NumFrames = 9 });
        var tile = decoded.PathOf(decoded.Stage.Tiles[0]);
        await File.WriteAllTextAsync(tile, content);
        var ex = await Assert.ThrowsAsync<DamagedArtefactException>(
            () => MuxAsync(decoded, decoded.Stage, "clip.mp4"));
        Assert.Contains(tile, ex.Message);
    }

    [Fact]
    public async Task Frame_hash_matches_the_ffmpeg_framemd5_listing_and_distinguishes_clips()
    {
        var encoder = new ClipEncoder(Programs.Tools);
        await encoder.EncodeAsync(new TestFrames(64, 64, 9), null, new FrameRate(24, 1), _folder.At("a.mp4"), CancellationToken.None);
        await encoder.EncodeAsync(new TestFrames(64, 64, 9), null, new FrameRate(24, 1), _folder.At("b.mp4"), CancellationToken.None);
        await encoder.EncodeAsync(new TestFrames(64, 64, 17), null, new FrameRate(24, 1), _folder.At("c.mp4"), CancellationToken.None);
        var listing =
            await Programs.FfmpegAsync(
                [], "-i", $"file:{_folder.At("a.mp4")}", "-map", "0:v:0", "-fflags", "+bitexact", "-f", "framemd5", "-");
        var hash = await FrameHash.Md5Async(Programs.Tools, _folder.At("a.mp4"), CancellationToken.None);
        Assert.Equal(Convert.ToHexStringLower(MD5.HashData(listing)), hash);
        Assert.Equal(hash, await FrameHash.Md5Async(Programs.Tools, _folder.At("b.mp4"), CancellationToken.None));
        Assert.NotEqual(hash, await FrameHash.Md5Async(Programs.Tools, _folder.At("c.mp4"), CancellationToken.None));
    }

    [Fact]
    public async Task Unreadable_clip_is_named_in_the_error()
    {
        await File.WriteAllTextAsync(_folder.At("clip.mp4"), "no clip");
        var hash =
            await Assert.ThrowsAsync<MediaException>(
                () => FrameHash.Md5Async(Programs.Tools, _folder.At("clip.mp4"), CancellationToken.None));
        Assert.StartsWith($"ffmpeg can't read the clip {_folder.At("clip.mp4")}: ", hash.Message, StringComparison.Ordinal);
        var probe = await Assert.ThrowsAsync<MediaException>(
            () => VideoProbe.ReadAsync(Programs.Tools, _folder.At("clip.mp4"), CancellationToken.None));
        Assert.StartsWith($"ffprobe can't read the video {_folder.At("clip.mp4")}: ", probe.Message, StringComparison.Ordinal);
    }

    private Task<Waveform?> MuxAsync(DecodedTiles decoded, MuxStage stage, string output) =>
        new ClipMuxer(Programs.Tools).MuxAsync(
            stage, Samples.Origin, name => name == "sound" ? _folder.At("sound.wav") : decoded.PathOf(name), _folder.At(output),
            CancellationToken.None);
}
