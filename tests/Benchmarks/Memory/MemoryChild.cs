using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using MlxVideo.Benchmarks.Measuring;
using MlxVideo.Benchmarks.Transformer;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Transformer;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.Memory;

/// <summary>Measurements of a child process.</summary>
/// <param name="Seconds">Elapsed time, excluding process start.</param>
/// <param name="ProcessorSeconds">Processor time.</param>
/// <param name="PeakBytes">Peak memory above the initial memory of the process; null where memory cannot be measured.</param>
/// <param name="AnonymousBytes">Increase of memory without a backing file, at the end; null where memory cannot be measured.</param>
/// <param name="OutputHash">SHA-256 of the transformer output; null when the transformer did not run.</param>
public sealed record MemoryResult(double Seconds, double ProcessorSeconds, long? PeakBytes, long? AnonymousBytes, string? OutputHash);

/// <summary>
/// Runs one memory measurement in a separate process to exclude other memory: <c>read FOLDER</c> reads the checkpoint into a
/// reused buffer, <c>keep FOLDER</c> into newly allocated memory, <c>load FOLDER</c> loads the transformer, <c>run FOLDER</c> also
/// evaluates it, and <c>run FOLDER WINDOW</c> evaluates it with streamed blocks.
/// </summary>
public static class MemoryChild
{
    /// <summary>The first argument of a child process.</summary>
    public const string Verb = "memory-child";

    private const int Evaluations = 2;
    private const int ReadBytes = 1 << 26;

    /// <summary>Measures in a child process and returns its result.</summary>
    public static MemoryResult Start(params string[] arguments) => ChildProcess.Start<MemoryResult>(Verb, arguments);

    /// <summary>Entry point of the child: measures and writes the result to standard output.</summary>
    public static void Run(IReadOnlyList<string> arguments)
    {
        var model = ModelFolder.Open(arguments[1]);
        WarmUp(model);
        if (ProcessMemory.IsMeasured)
            ProcessMemory.ResetPeak();
        var before = ProcessMemory.IsMeasured ? ProcessMemory.Now() : null;
        var watch = Stopwatch.StartNew();
        string? hash = null;
        var processor = Environment.CpuUsage.TotalTime;
        MemoryResult Result()
        {
            var after = ProcessMemory.IsMeasured ? ProcessMemory.Now() : null;
            return new MemoryResult(watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds,
                after?.Peak - before?.Peak, after?.Anonymous - before?.Anonymous, hash);
        }

        if (arguments[0] is "read" or "keep")
        {
            Read(model.CheckpointFile, keep: arguments[0] == "keep");
            Console.WriteLine(JsonSerializer.Serialize(Result()));
            return;
        }

        var loader = new ModelLoader(model, ComputeOptions.CpuFloat32 with { Dtype = ScalarType.BFloat16 });
        using var transformer = arguments.Count > 2
            ? loader.LoadStreamedTransformer(int.Parse(arguments[2], CultureInfo.InvariantCulture))
            : loader.LoadTransformer();
        if (arguments[0] == "run")
            hash = HashOf(transformer);
        Console.WriteLine(JsonSerializer.Serialize(Result()));
    }

    /// <summary>Loads the libraries, which are excluded from the measurement.</summary>
    private static void WarmUp(ModelFolder model)
    {
        using var scope = NewDisposeScope();
        using var statistics = new ModelLoader(model, ComputeOptions.CpuFloat32).UpsamplerLoads().Single()();
        nn.functional.linear(rand(64, 64).to(ScalarType.BFloat16), rand(64, 64).to(ScalarType.BFloat16));
        nn.functional.scaled_dot_product_attention(rand(1, 1, 64, 64), rand(1, 1, 64, 64), rand(1, 1, 64, 64));
    }

    /// <summary>Reads a file into one reused buffer, or into newly allocated memory for the whole file.</summary>
    private static void Read(string path, bool keep)
    {
        using var scope = NewDisposeScope();
        using var file = File.OpenHandle(path);
        var buffer = empty(ReadBytes, ScalarType.Byte);
        long position = 0;
        for (int read; (read = RandomAccess.Read(file, buffer.bytes, position)) > 0;)
        {
            position += read;
            if (keep)
                buffer = empty(ReadBytes, ScalarType.Byte);
        }
    }

    private static string HashOf(LtxTransformer transformer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var evaluation = 0; evaluation < Evaluations; evaluation++)
        {
            using var scope = NewDisposeScope();
            hash.AppendData(transformer.Forward(MidSizeTransformer.Input(transformer, frames: 1, side: 8)).Video!.bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
