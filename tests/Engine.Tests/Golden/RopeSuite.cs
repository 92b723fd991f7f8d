using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Layers;
using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/rope: rotary tables at real sizes, checksums of complete tables, and the rotation.</summary>
public sealed class RopeSuite : IGoldenSuite
{
    // Cosines of arguments up to 15 708 rad: one unit in the last place of libm's argument reduction.
    private const double Tolerance = 1e-6;

    private static readonly double[] VideoLimits = [20, 2048, 2048];
    private static readonly double[] TimeLimit = [20];

    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (Directory.Exists(Path.Combine(root, "rope")))
            yield return new GoldenCase("rope", Check);
    }

    private static void Check(GoldenRun run)
    {
        var file = run.Open("rope.safetensors");
        CheckFrequencies(run, file);
        CheckRotation(run, file);
        foreach (var fps in new[] { 24, 25 })
        {
            CheckVideo(run, file, $"video.F9H12W12.fps{fps}", fps == 24 ? 8 : 4, small: fps == 24);
            CheckCross(run, file, $"video.F9H12W12.fps{fps}");
            CheckChecksums(run, file, fps);
        }

        CheckAudio(run, file, "audio.65frames.fps24");
    }

    private static void CheckFrequencies(GoldenRun run, SafetensorsFile file)
    {
        run.Close(file, "freq_grid.f64.dim4096.axes3", RotaryEmbedding.Frequencies(10_000, 682, doublePrecision: true), 0);
        run.Close(file, "freq_grid.f64.dim2048.axes1", RotaryEmbedding.Frequencies(10_000, 1024, doublePrecision: true), 0);

        // One unit in the last place of an exponent, which depends on linspace's vector width, changes a frequency by a factor of 1e-6.
        foreach (var (name, count) in new[] { ("freq_grid.f32.dim4096.axes3", 682), ("freq_grid.f32.dim2048.axes1", 1024) })
        {
            var ratio = RotaryEmbedding.Frequencies(10_000, count, doublePrecision: false) / file.ReadTensor(name);
            run.Close(name, ratio, ones_like(ratio), 1e-6);
        }
    }

    private static void CheckRotation(GoldenRun run, SafetensorsFile file)
    {
        var x = file.ReadTensor("apply.x");
        var intervals = file.ReadTensor("apply.positions");
        foreach (var layout in new[] { RotaryLayout.Split, RotaryLayout.Interleaved })
        {
            var name = $"apply.{layout.ToString().ToLowerInvariant()}";
            using var table = Table(intervals, VideoLimits, 2, 64, layout);
            run.Close(file, $"{name}.cos", table.Cos, Tolerance);
            run.Close(file, $"{name}.sin", table.Sin, Tolerance);
            run.Close(file, $"{name}.y", table.Rotate(x, 2).transpose(1, 2).flatten(2), Tolerance * 10);
        }

        using var atStart = RotaryEmbedding.Table(intervals.select(-1, 0), VideoLimits, 10_000, 2, 64);
        run.Close(file, "apply.split_start_grid.cos", atStart.Cos, Tolerance);
        run.Close(file, "apply.split_start_grid.sin", atStart.Sin, Tolerance);
    }

    private static void CheckVideo(GoldenRun run, SafetensorsFile file, string name, int ends, bool small)
    {
        var intervals = file.ReadTensor($"{name}.positions");
        var tokens = Ends(intervals.shape[2], ends);
        using var split = Table(intervals, VideoLimits, 32, 4096, RotaryLayout.Split);
        var heads = tensor(new long[] { 0, 1, 31 });
        Pair(run, file, $"{name}.real32x128.split.f64", split, entry => entry.index_select(1, heads).index_select(2, tokens));
        using var interleaved = Table(intervals, VideoLimits, 32, 4096, RotaryLayout.Interleaved);
        Pair(run, file, $"{name}.real32x128.interleaved.f64", interleaved, entry => Edges(entry.index_select(1, tokens), 128));
        if (!small)
            return;
        var many = Ends(intervals.shape[2], 64);
        using var smallSplit = Table(intervals, VideoLimits, 2, 64, RotaryLayout.Split);
        Pair(run, file, $"{name}.small2x32.split.f64", smallSplit, entry => entry.index_select(2, many));
        using var smallInterleaved = Table(intervals, VideoLimits, 2, 64, RotaryLayout.Interleaved);
        Pair(run, file, $"{name}.small2x32.interleaved.f64", smallInterleaved, entry => entry.index_select(1, many));
    }

    private static void CheckCross(GoldenRun run, SafetensorsFile file, string name)
    {
        var time = file.ReadTensor($"{name}.positions").narrow(1, 0, 1);
        var tokens = file.ReadTensor($"{name}.cross2048.split.f64.token_index");
        using var table = Table(time, TimeLimit, 32, 2048, RotaryLayout.Split);
        Pair(run, file, $"{name}.cross2048.split.f64", table, entry =>
            entry.index_select(1, tensor(new long[] { 0, 31 })).index_select(2, tokens));
    }

    private static void CheckAudio(GoldenRun run, SafetensorsFile file, string name)
    {
        var intervals = file.ReadTensor($"{name}.positions");
        var tokens = file.ReadTensor($"{name}.real32x64.split.f64.token_index");
        using var split = Table(intervals, TimeLimit, 32, 2048, RotaryLayout.Split);
        Pair(run, file, $"{name}.real32x64.split.f64", split, entry =>
            entry.index_select(1, tensor(new long[] { 0, 31 })).index_select(2, tokens));
        using var interleaved = Table(intervals, TimeLimit, 32, 2048, RotaryLayout.Interleaved);
        Pair(run, file, $"{name}.real32x64.interleaved.f64", interleaved, entry => entry.narrow(-1, 0, 256).index_select(1, tokens));
    }

    private static void CheckChecksums(GoldenRun run, SafetensorsFile file, int fps)
    {
        var sums = run.Json("checksums.json");
        foreach (
            var entry in sums.EnumerateObject()
                .Where(entry => entry.Name.Contains($"fps{fps}.") && entry.Value.ValueKind == System.Text.Json.JsonValueKind.Object))
        {
            var parts = entry.Name.Split('.');
            var intervals = file.ReadTensor($"{parts[0]}.{parts[1]}.{parts[2]}.positions");
            var (heads, dim) = parts[3] switch
            {
                "real32x128" => (32, 4096),
                "small4x33" => (4, 132),
                "small2x32" => (2, 64),
                _ => (32, 2048),
            };
            var overTime = dim == 2048;
            var layout = parts[4] == "split" ? RotaryLayout.Split : RotaryLayout.Interleaved;
            using var table = Table(overTime ? intervals.narrow(1, 0, 1) : intervals, overTime
                ? TimeLimit
                : VideoLimits, heads, dim, layout, parts[5] == "f64");
            foreach (var (kind, values) in new[] { ("cos", table.Cos), ("sin", table.Sin) })
            {
                var wide = values.to(ScalarType.Float64);
                var actual = stack([wide.sum(), wide.square().sum(), wide.abs().sum()]);
                var expected = tensor(
                    entry.Value.GetProperty($"{kind}_sum_sumsq_sumabs").EnumerateArray().Select(item => item.GetDouble()).ToArray());

                // As exact per entry as the tables themselves; a float32 grid may differ in the last place of pow.
                run.Close($"{entry.Name}.{kind} checksums per entry", actual / values.numel(), expected / values.numel(), parts[5] == "f64"
                    ? 1e-7
                    : 1e-5);
            }
        }
    }

    private static RotaryTable Table(
        Tensor intervals, double[] limits, long heads, long dim, RotaryLayout layout, bool doublePrecision = true)
    {
        using var scope = NewDisposeScope();
        var middles = (intervals.select(-1, 0) + intervals.select(-1, 1)) / 2;
        var table = RotaryEmbedding.Table(middles, limits, 10_000, heads, dim, layout, doublePrecision);
        table.Cos.MoveToOuterDisposeScope();
        table.Sin.MoveToOuterDisposeScope();
        return table;
    }

    private static void Pair(GoldenRun run, SafetensorsFile file, string name, RotaryTable table, Func<Tensor, Tensor> select)
    {
        run.Close(file, $"{name}.cos", select(table.Cos), Tolerance);
        run.Close(file, $"{name}.sin", select(table.Sin), Tolerance);
    }

    private static Tensor Ends(long count, long each) =>
        cat([arange(each, ScalarType.Int64), arange(count - each, count, ScalarType.Int64)]);

    private static Tensor Edges(Tensor table, long each) =>
        cat([table.narrow(-1, 0, each), table.narrow(-1, table.shape[^1] - each, each)], -1);
}
