using System.Globalization;
using System.Text.Json;
using MlxVideo.Benchmarks;
using MlxVideo.Benchmarks.Load;
using MlxVideo.Benchmarks.Measuring;
using MlxVideo.Benchmarks.Memory;
using MlxVideo.Benchmarks.Reports;
using MlxVideo.Benchmarks.Scheduling;
using MlxVideo.Benchmarks.Stages;
using MlxVideo.Benchmarks.Streaming;
using MlxVideo.Benchmarks.Transfer;
using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;
using var noGradients = no_grad();

if (args is [ComparisonChild.Verb or MemoryChild.Verb or StreamingChild.Verb, var threads, .. var work])
{
    set_num_threads(ChildProcess.LibtorchThreads = int.Parse(threads, CultureInfo.InvariantCulture));
    if (args[0] == MemoryChild.Verb)
        MemoryChild.Run(work);
    else if (args[0] == StreamingChild.Verb)
        StreamingChild.Run(work);
    else
        ComparisonChild.Run(work);
    return 0;
}

if (args is ["scheduler"] or ["scheduler", "--json"])
{
    SchedulerReport.Print(SchedulerBenchmark.Run(Say), asJson: args.Length > 1);
    return 0;
}

if (args is ["finite"])
{
    set_num_threads(1);
    FiniteCheckBenchmark.Print();
    return 0;
}

if (args is ["stream"])
    return StreamingBenchmark.Run(Say) ? 0 : 1;

if (args is [TcpReceiver.Verb, var folder])
{
    await TcpReceiver.RunAsync(folder);
    return 0;
}

if (TransferOptions.Parse(args) is { } transfer)
{
    var transfers = await new TransferBenchmark(transfer, Say).RunAsync();
    Write(transfer.Json, transfers, transfers.ToText);
    return 0;
}

if (LoadOptions.Parse(args) is { } load)
{
    var loaded = await new LoadBenchmark(load, Say).RunAsync();
    Write(load.Json, loaded, loaded.ToText);
    return loaded.RowsLost == 0 ? 0 : 1;
}

if (BenchmarkOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine($"Invalid arguments: 'bench {string.Join(' ', args)}'. Run 'mlx-video bench --help' for the options.");
    return 2;
}

try
{
    new ComputeSettings(options.Device, ComputeSettings.Auto, options.Kernels).Resolve();
}
catch (ArgumentException ex)
{
    Console.Error.WriteLine(ex.Message);
    return 2;
}

ChildProcess.LibtorchThreads = options.Threads;
var comparisons = new List<Comparison>();
foreach (var dtype in new[] { "float32", "bfloat16" })
{
    var compute = new ComputeSettings(options.Device, dtype, options.Kernels);
    if (options.Wants("denoise"))
    {
        Say($"denoise steps in {dtype}");
        comparisons.AddRange(ComparisonChild.DenoiseSteps(compute, options.Rounds));
    }

    if (options.Wants("decode"))
    {
        Say($"decode in {dtype}");
        comparisons.Add(ComparisonChild.Decoding(compute, options.Rounds));
    }
}

// Loading and streaming are measured on the CPU.
var memory = options.Wants("memory") ? MemoryBenchmark.Run(options.Rounds, Say) : null;
var report = new BenchmarkReport(options.Device, options.Kernels, options.Threads, options.Rounds, comparisons, memory);
Write(options.Json, report, () => ReportText.Of(report));
return memory is { EqualBits: false } ? 1 : 0;

static void Say(string what) => Console.Error.WriteLine($"measuring: {what}");

static void Write<T>(bool asJson, T report, Func<string> text) => Console.WriteLine(
    asJson ? JsonSerializer.Serialize(report, new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true }) : text());
