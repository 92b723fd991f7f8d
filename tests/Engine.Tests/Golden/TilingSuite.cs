using System.Text.Json;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.VideoVae;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Renders.Tiling;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/video_vae/tiled_decode: interval tables of real sizes, and decoding tile by tile.</summary>
public sealed class TilingSuite : IGoldenSuite
{
    public IEnumerable<GoldenCase> Discover(string root)
    {
        var folder = Path.Combine(root, "video_vae", "tiled_decode");
        if (File.Exists(Path.Combine(folder, "interval_tables.json")))
            yield return new GoldenCase("video_vae/tiled_decode/interval_tables.json", Intervals);
        if (Directory.Exists(Path.Combine(folder, "temporal")))
            yield return new GoldenCase("video_vae/tiled_decode/temporal", Temporal);
    }

    private static void Intervals(GoldenRun run)
    {
        foreach (var row in run.Json("interval_tables.json").GetProperty("rows").EnumerateArray())
        {
            var name = row.GetProperty("name").GetString()!;
            var size = LatentSize.ForPixels(row.GetProperty("num_frames").GetInt32(), row.GetProperty("width").GetInt32(), row.GetProperty("height").GetInt32());
            var tiling = row.GetProperty("tiling_px");
            var intervals = row.GetProperty("latent_intervals_start_end_leftramp_rightramp");
            if (Pair(tiling, "frames") is var (frames, frameOverlap))
            {
                var tiles = TemporalTiling.Split(size.Frames, frames, frameOverlap);
                run.ExactSequence($"{name} t", tiles.Select(tile => (tile.LatentStart, tile.LatentStop, tile.LeftRamp, tile.RightRamp)), Expected(intervals, "t"));
            }

            if (Pair(tiling, "height") is var (height, heightOverlap))
                run.ExactSequence($"{name} h", Space(size.Height, height, heightOverlap), Expected(intervals, "h"));
            if (Pair(tiling, "width") is var (width, widthOverlap))
                run.ExactSequence($"{name} w", Space(size.Width, width, widthOverlap), Expected(intervals, "w"));
        }
    }

    private static void Temporal(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        var file = run.Open("weights.safetensors");
        using var decoder = new VideoDecoder(new WeightScope(new CheckpointWeights(file), run.Compute), VideoVaeSuite.Config(file));
        var latent = io.ReadTensor("in.latent");
        var expected = io.ReadTensor("out.frames"); // every third row and column
        var tiling = run.Json("config.json").GetProperty("tiling").GetProperty("frames");
        var tiles = TemporalTiling.Split((int)latent.shape[2], tiling.GetProperty("tile_size").GetInt32(), tiling.GetProperty("overlap").GetInt32());

        var joined = zeros([1, 3, tiles[^1].FrameStop, latent.shape[3] * 32, latent.shape[4] * 32]);
        foreach (var tile in tiles)
        {
            var mask = BlendMasks.OfTime(tile);
            run.Close(io, $"mask.t.{tile.Index}", mask, 1e-6);
            var frames = decoder.forward(latent.narrow(2, tile.LatentStart, tile.LatentStop - tile.LatentStart));
            joined.narrow(2, tile.FrameStart, frames.shape[2]).add_(frames * mask.view(1, 1, -1, 1, 1));
        }

        var every = TensorIndex.Slice(null, null, 3);
        run.Close("out.frames", joined.index(TensorIndex.Ellipsis, every, every), expected, 1e-4);
    }

    private static (int Size, int Overlap)? Pair(JsonElement tiling, string axis) =>
        tiling.TryGetProperty(axis, out var pair) && pair.ValueKind == JsonValueKind.Array ? (pair[0].GetInt32(), pair[1].GetInt32()) : null;

    private static IEnumerable<(int, int, int, int)> Space(int length, int size, int overlap) =>
        SpatialTiling.Split(length, size / LatentSize.SpaceScale, overlap / LatentSize.SpaceScale).Select(tile => (tile.Start, tile.Stop, tile.LeftRamp, tile.RightRamp));

    private static IEnumerable<(int, int, int, int)> Expected(JsonElement intervals, string axis) =>
        intervals.GetProperty(axis).EnumerateArray().Select(item => (item[0].GetInt32(), item[1].GetInt32(), item[2].GetInt32(), item[3].GetInt32()));
}
