using System.Text.Json;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.VideoVae;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Tiling;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/video_vae: interval tables at real sizes, tiled decoding and encoding, and untiled decoding of long clips.</summary>
public sealed class TilingSuite : IGoldenSuite
{
    public IEnumerable<GoldenCase> Discover(string root)
    {
        var folder = Path.Combine(root, "video_vae", "tiled_decode");
        if (File.Exists(Path.Combine(folder, "trapezoid_masks.safetensors")))
            yield return new GoldenCase("video_vae/tiled_decode/trapezoid_masks.safetensors", Masks);
        if (File.Exists(Path.Combine(root, "video_vae", "exact_decode.json")))
            yield return new GoldenCase("video_vae/exact_decode.json", VideoVaeSuite.DecodeWithContext);
        if (File.Exists(Path.Combine(folder, "interval_tables.json")))
            yield return new GoldenCase("video_vae/tiled_decode/interval_tables.json", Intervals);
        foreach (var name in new[] { "temporal", "spatial", "spatiotemporal", "temporal_triple_overlap" })
        {
            if (Directory.Exists(Path.Combine(folder, name)))
                yield return new GoldenCase($"video_vae/tiled_decode/{name}", Decode);
        }

        if (Directory.Exists(Path.Combine(root, "video_vae", "tiled_encode")))
            yield return new GoldenCase("video_vae/tiled_encode", Encode);
        foreach (var name in new[] { "ltx20", "ltx23" })
        {
            if (Directory.Exists(Path.Combine(root, "video_vae", "long_untiled", name))
                && Directory.Exists(Path.Combine(root, "video_vae", "decoder", name)))
                yield return new GoldenCase($"video_vae/long_untiled/{name}", VideoVaeSuite.DecodeLong);
        }
    }

    private static void Intervals(GoldenRun run)
    {
        foreach (var row in run.Json("interval_tables.json").GetProperty("rows").EnumerateArray())
        {
            var name = row.GetProperty("name").GetString()!;
            var size = LatentSize.ForPixels(
                row.GetProperty("num_frames").GetInt32(), row.GetProperty("width").GetInt32(), row.GetProperty("height").GetInt32());
            var tiling = row.GetProperty("tiling_px");
            var intervals = row.GetProperty("latent_intervals_start_end_leftramp_rightramp");
            if (Pair(tiling, "frames") is var (frames, frameOverlap))
            {
                var tiles = TemporalTiling.Split(size.Frames, frames, frameOverlap);
                run.ExactSequence($"{name} t", tiles.Select(tile => (tile.LatentStart, tile.LatentStop, tile.LeftRamp, tile.RightRamp)),
                    Expected(intervals, "t"));
            }

            if (Pair(tiling, "height") is var (height, heightOverlap))
                run.ExactSequence($"{name} h", Space(size.Height, height, heightOverlap), Expected(intervals, "h"));
            if (Pair(tiling, "width") is var (width, widthOverlap))
                run.ExactSequence($"{name} w", Space(size.Width, width, widthOverlap), Expected(intervals, "w"));
        }
    }

    private static void Masks(GoldenRun run)
    {
        var io = run.Open("trapezoid_masks.safetensors");
        foreach (var name in io.Header.Tensors.Keys)
        {
            // len10_l3_r2_from0
            var parts = name.Split('_');
            var (length, fadeIn, fadeOut) = (int.Parse(parts[0][3..]), int.Parse(parts[1][1..]), int.Parse(parts[2][1..]));
            run.Close(io, name, BlendMasks.Trapezoid(length, fadeIn, fadeOut, parts[3] == "from0"), 1e-6);
        }
    }

    private static void Decode(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        var file = run.Open("weights.safetensors");
        using var decoder = new VideoDecoder(new WeightScope(new CheckpointWeights(file), run.Compute), VideoVaeSuite.Config(file));
        var latent = io.ReadTensor("in.latent");
        var config = run.Json("config.json");
        var (tiles, spatial) = Tiling(config.GetProperty("tiling"), latent.shape[2..]);
        CompareMasks(
            run, io, tiles.Select(BlendMasks.OfTime), spatial.Rows.Select(BlendMasks.OfSpace), spatial.Columns.Select(BlendMasks.OfSpace));

        run.ExactSequence(
            "frames before the next tile", FramesBeforeNext(tiles), config.GetProperty("yielded_chunk_frames").EnumerateArray()
                .Select(item => item.GetInt64()));
        VideoVaeSuite.CompareSampled(
            run, io, Joined(decoder, latent, tiles, spatial), config.GetProperty("frame_subsample_hw").GetInt64());
    }

    /// <summary>Returns the number of frames from the start of each tile to that of the next one, where there are any.</summary>
    private static IEnumerable<long> FramesBeforeNext(IReadOnlyList<TemporalTile> tiles) => tiles
        .Select((tile, index) => (long)(index == tiles.Count - 1 ? tile.FrameStop : tiles[index + 1].FrameStart) - tile.FrameStart)
        .Where(count => count > 0);

    /// <summary>Decodes all tiles and blends them with normalised weights.</summary>
    private static Tensor Joined(VideoDecoder decoder, Tensor latent, IReadOnlyList<TemporalTile> tiles, SpatialTiling spatial)
    {
        var spatialDecoder = new SpatialTileDecoder(decoder);
        Tensor? sum = null;
        var weights = zeros(tiles[^1].FrameStop);
        foreach (var tile in tiles)
        {
            var mask = BlendMasks.OfTime(tile);
            var part = latent.narrow(2, tile.LatentStart, tile.LatentStop - tile.LatentStart);
            var frames = spatialDecoder.Decode(part, spatial, (_, _) => { }) * mask.view(1, 1, -1, 1, 1);
            sum ??= zeros([1, 3, tiles[^1].FrameStop, frames.shape[3], frames.shape[4]]);
            sum.narrow(2, tile.FrameStart, mask.shape[0]).add_(frames);
            weights.narrow(0, tile.FrameStart, mask.shape[0]).add_(mask);
        }

        return sum! / weights.view(1, 1, -1, 1, 1);
    }

    private static void Encode(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        var file = run.Open("weights.safetensors");
        using var encoder = new VideoEncoder(new WeightScope(new CheckpointWeights(file), run.Compute), VideoVaeSuite.Config(file));
        var frames = io.ReadTensor("in.video_u8").to(ScalarType.Float32) / 127.5 - 1;
        var expected = io.ReadTensor("out.latent");
        var (tiles, spatial) = Tiling(run.Json("config.json").GetProperty("tiling"), expected.shape[2..]);
        CompareMasks(run, io, tiles.Select(BlendMasks.OfLatentTime), spatial.Rows.Select(BlendMasks.OfLatentSpace),
            spatial.Columns.Select(BlendMasks.OfLatentSpace));
        run.Close("out.latent", new TiledEncoder(encoder).Encode(frames, tiles, spatial), expected, 2e-5);
        run.Close(io, "out.untiled_latent", encoder.forward(frames), 2e-5);
    }

    private static (IReadOnlyList<TemporalTile> Times, SpatialTiling Spaces) Tiling(JsonElement tiling, long[] size)
    {
        return (TemporalTiling.Split((int)size[0], Number("frames", "tile_size"), Number("frames", "overlap")),
            new SpatialTiling(Axis(size[1], "height"), Axis(size[2], "width")));

        IReadOnlyList<AxisTile> Axis(long length, string axis) => Number(axis, "tile_size") == 0
            ? [new AxisTile(0, (int)length, 0, 0)]
            : SpatialTiling.Split(
                (int)length, Number(axis, "tile_size") / LatentSize.SpaceScale, Number(axis, "overlap") / LatentSize.SpaceScale);

        int Number(string axis, string name) => tiling.GetProperty(axis).GetProperty(name).GetInt32();
    }

    private static void CompareMasks(
        GoldenRun run, SafetensorsFile io, IEnumerable<Tensor> times, IEnumerable<Tensor> rows, IEnumerable<Tensor> columns)
    {
        foreach (var (axis, masks) in new[] { ("t", times), ("h", rows), ("w", columns) })
        {
            var index = 0;
            foreach (var mask in masks)
            {
                // In the reference, an untiled axis has a mask of one element.
                var expected = io.ReadTensor($"mask.{axis}.{index}");
                run.Close($"mask.{axis}.{index++}", mask, expected.expand(mask.shape), 1e-6);
            }
        }
    }

    private static (int Size, int Overlap)? Pair(JsonElement tiling, string axis) =>
        tiling.TryGetProperty(axis, out var pair) && pair.ValueKind == JsonValueKind.Array
            ? (pair[0].GetInt32(), pair[1].GetInt32())
            : null;

    private static IEnumerable<(int, int, int, int)> Space(int length, int size, int overlap) =>
        SpatialTiling.Split(length, size / LatentSize.SpaceScale, overlap / LatentSize.SpaceScale)
            .Select(tile => (tile.Start, tile.Stop, tile.LeftRamp, tile.RightRamp));

    private static IEnumerable<(int, int, int, int)> Expected(JsonElement intervals, string axis) =>
        intervals.GetProperty(axis).EnumerateArray()
            .Select(item => (item[0].GetInt32(), item[1].GetInt32(), item[2].GetInt32(), item[3].GetInt32()));
}
