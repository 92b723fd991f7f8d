using System.Text.Json;
using MlxVideo.Benchmarks;
using MlxVideo.Benchmarks.Memory;
using MlxVideo.Benchmarks.Reports;
using MlxVideo.Benchmarks.Transformer;
using MlxVideo.Benchmarks.VideoVae;
using static TorchSharp.torch;

set_num_threads(Environment.ProcessorCount);
using var noGradients = no_grad();
if (args is [MemoryChild.Verb, .. var rest])
{
    MemoryChild.Run(rest);
    return 0;
}

if (BenchmarkOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(BenchmarkOptions.Usage);
    return 2;
}

var comparisons = new List<Comparison>();
foreach (var dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 })
{
    if (options.Wants("denoise"))
    {
        Say($"denoise steps in {dtype}");
        comparisons.AddRange(DenoiseStepBenchmark.Run(dtype, options.Rounds));
    }

    if (options.Wants("decode"))
    {
        Say($"decode in {dtype}");
        comparisons.Add(DecodeBenchmark.Run(dtype, options.Rounds));
    }
}

var memory = options.Wants("memory") ? MemoryBenchmark.Run(options.Rounds, Say) : null;
var report = new BenchmarkReport(get_num_threads(), options.Rounds, comparisons, memory);
Console.WriteLine(options.Json ? JsonSerializer.Serialize(report, new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true }) : ReportText.Of(report));
return memory is { EqualBits: false } ? 1 : 0;

static void Say(string what) => Console.Error.WriteLine($"measuring: {what}");
