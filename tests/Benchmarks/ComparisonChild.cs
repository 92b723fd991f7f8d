using System.Globalization;
using System.Text.Json;
using MlxVideo.Benchmarks.Measuring;
using MlxVideo.Benchmarks.Reports;
using MlxVideo.Benchmarks.Transformer;
using MlxVideo.Benchmarks.VideoVae;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks;

/// <summary>
/// Runs each comparison with bare calls in a separate process. Arguments: latent frames of a denoise step or <c>decode</c>, dtype, rounds.
/// </summary>
public static class ComparisonChild
{
    /// <summary>The first argument of a child process.</summary>
    public const string Verb = "comparison-child";

    private const string Decode = "decode";

    /// <summary>Measures the denoise steps of one dtype in child processes.</summary>
    public static IEnumerable<Comparison> DenoiseSteps(ScalarType dtype, int rounds) =>
        DenoiseStepBenchmark.Frames.Select(frames => Start(frames.ToString(CultureInfo.InvariantCulture), dtype, rounds));

    /// <summary>Measures the decode of one dtype in a child process.</summary>
    public static Comparison Decoding(ScalarType dtype, int rounds) => Start(Decode, dtype, rounds);

    /// <summary>Entry point of the child: measures and writes the result to standard output.</summary>
    public static void Run(IReadOnlyList<string> arguments)
    {
        var (dtype, rounds) = (Enum.Parse<ScalarType>(arguments[1]), int.Parse(arguments[2], CultureInfo.InvariantCulture));
        var comparison = arguments[0] == Decode
            ? DecodeBenchmark.Run(dtype, rounds)
            : DenoiseStepBenchmark.Run(long.Parse(arguments[0], CultureInfo.InvariantCulture), dtype, rounds);
        Console.WriteLine(JsonSerializer.Serialize(comparison));
    }

    private static Comparison Start(string work, ScalarType dtype, int rounds) =>
        ChildProcess.Start<Comparison>(Verb, work, dtype.ToString(), rounds.ToString(CultureInfo.InvariantCulture));
}
