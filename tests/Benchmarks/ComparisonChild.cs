using System.Globalization;
using System.Text.Json;
using MlxVideo.Benchmarks.Measuring;
using MlxVideo.Benchmarks.Reports;
using MlxVideo.Benchmarks.Transformer;
using MlxVideo.Benchmarks.VideoVae;
using MlxVideo.Engine.Kernels;

namespace MlxVideo.Benchmarks;

/// <summary>
/// Runs each comparison with bare calls in a separate process. Arguments: latent frames of a denoise step or <c>decode</c>, device, dtype,
/// kernels, rounds.
/// </summary>
public static class ComparisonChild
{
    /// <summary>The first argument of a child process.</summary>
    public const string Verb = "comparison-child";

    private const string Decode = "decode";

    /// <summary>Measures the denoise steps of one compute mode in child processes.</summary>
    public static IEnumerable<Comparison> DenoiseSteps(ComputeSettings compute, int rounds) =>
        DenoiseStepBenchmark.Frames.Select(frames => Start(frames.ToString(CultureInfo.InvariantCulture), compute, rounds));

    /// <summary>Measures the decode of one compute mode in a child process.</summary>
    public static Comparison Decoding(ComputeSettings compute, int rounds) => Start(Decode, compute, rounds);

    /// <summary>Entry point of the child: measures and writes the result to standard output.</summary>
    public static void Run(IReadOnlyList<string> arguments)
    {
        var compute = new ComputeSettings(arguments[1], arguments[2], arguments[3]).Resolve();
        var rounds = int.Parse(arguments[4], CultureInfo.InvariantCulture);
        var comparison = arguments[0] == Decode
            ? DecodeBenchmark.Run(compute, rounds)
            : DenoiseStepBenchmark.Run(long.Parse(arguments[0], CultureInfo.InvariantCulture), compute, rounds);
        Console.WriteLine(JsonSerializer.Serialize(comparison));
    }

    private static Comparison Start(string work, ComputeSettings compute, int rounds) => ChildProcess.Start<Comparison>(
        Verb, work, compute.Device, compute.Dtype, compute.Kernels, rounds.ToString(CultureInfo.InvariantCulture));
}
