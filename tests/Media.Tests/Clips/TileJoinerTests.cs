using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Media.Tests.Clips;

public sealed class TileJoinerTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(64, 64, 1, 1)]
    [InlineData(64, 64, 33, 1)]
    [InlineData(70, 66, 97, 2)]
    [InlineData(64, 100, 145, 3)]
    public void Joined_tiles_equal_the_untiled_clip(int width, int height, int frames, int tiles)
    {
        var settings = new RenderSettings { Prompt = "x", Width = width, Height = height, NumFrames = frames };
        var decoded = DecodedTiles.Write(_folder.Path, settings);
        Assert.Equal(tiles, decoded.Paths.Count);
        using var joiner = new TileJoiner(decoded.Stage, decoded.Paths);
        Assert.Equal((width, height, frames), (joiner.Width, joiner.Height, joiner.Count));
        var rgb = new byte[width * height * 3];
        for (var frame = 0; frame < frames; frame++)
        {
            joiner.Read(frame, rgb);
            Assert.True(rgb.AsSpan().SequenceEqual(decoded.Frames[frame]), $"frame {frame} differs");
        }
    }

    [Fact]
    public void Decoder_values_are_truncated_to_bytes_not_rounded()
    {
        float[] tail = [-2, -1, -0.5f, 0, 0.001f, 0.5f, 0.99f, 0.9999f, 1, 2, -3, 0.25f];
        SafetensorsWriter.Write(_folder.At("0"), [Frames(0), TensorToWrite.Of<float>("tail", TensorDtype.F32, [1, 2, 2, 3], tail)]);
        SafetensorsWriter.Write(
            _folder.At("1"), [Frames(0), TensorToWrite.Of<float>("head", TensorDtype.F32, [1, 2, 2, 3], new float[12])]);
        using var joiner = new TileJoiner(Stage(2, 2), [_folder.At("0"), _folder.At("1")]);
        var rgb = new byte[12];
        joiner.Read(0, rgb);
        Assert.Equal([0, 0, 63, 127, 127, 191, 253, 254, 255, 255, 0, 159], rgb);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Non_finite_shared_frames_are_refused(float value)
    {
        SafetensorsWriter.Write(
            _folder.At("0"), [Frames(0), TensorToWrite.Of<float>("tail", TensorDtype.F32, [1, 2, 2, 3], new float[12])]);
        SafetensorsWriter.Write(
            _folder.At("1"),
            [Frames(0), TensorToWrite.Of<float>("head", TensorDtype.F32, [1, 2, 2, 3], (float[])[.. new float[11], value])]);
        using var joiner = new TileJoiner(Stage(2, 2), [_folder.At("0"), _folder.At("1")]);
        var ex = Assert.Throws<MediaException>(() => joiner.Read(0, new byte[12]));
        Assert.Contains("not finite numbers", ex.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.At("1"), ex.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mismatched_tiles_are_named_in_the_error()
    {
        SafetensorsWriter.Write(_folder.At("plain"), [Frames(3)]);
        SafetensorsWriter.Write(
            _folder.At("tail"), [Frames(3), TensorToWrite.Of<float>("tail", TensorDtype.F32, [1, 2, 2, 3], new float[12])]);
        SafetensorsWriter.Write(_folder.At("wide"), [TensorToWrite.Of<byte>("frames", TensorDtype.U8, [1, 2, 4, 3], new byte[24])]);
        SafetensorsWriter.Write(_folder.At("float"), [TensorToWrite.Of<float>("frames", TensorDtype.F32, [1, 2, 2, 3], new float[12])]);
        SafetensorsWriter.Write(_folder.At("empty"), []);

        Assert.Equal(
            $"Tile {_folder.At("plain")} shares 0 frames with the previous tile, which shares 1 with it.", Error("tail", "plain"));
        Assert.Equal(
            $"The last tile {_folder.At("tail")} has 1 frames shared with a next tile, which does not exist.", Error("plain", "tail"));
        Assert.Equal($"Tile {_folder.At("wide")} has frames of 4x2 pixels, but the previous tile of 2x2.", Error("plain", "wide"));
        Assert.Contains("tensor 'frames' is F32 [1, 2, 2, 3]", Error("float"), StringComparison.Ordinal);
        Assert.Contains("it has no tensor 'frames'", Error("empty"), StringComparison.Ordinal);
        Assert.Equal("A clip requires at least one decoded tile.", Error());
        var small = Assert.Throws<MediaException>(() => new TileJoiner(Stage(4, 2), [_folder.At("plain")]));
        Assert.Equal($"Tile {_folder.At("plain")} has frames of 2x2 pixels, too small for 4x2 at 0,0.", small.Message);
    }

    private string Error(params string[] tiles) =>
        Assert.ThrowsAny<IOException>(() => new TileJoiner(Stage(2, 2), tiles.Select(_folder.At).ToList())).Message;

    private static TensorToWrite Frames(int count) =>
        TensorToWrite.Of<byte>("frames", TensorDtype.U8, [count, 2, 2, 3], new byte[count * 12]);

    private static MuxStage Stage(int width, int height) =>
        new()
        {
            Id = "mux",
            Width = width,
            Height = height,
            CropLeft = 0,
            CropTop = 0,
            Fps = 24,
            Settings = new RenderSettings { Prompt = "x" },
            Tiles = [],
            Clip = "clip",
        };
}
