using System.Diagnostics;
using System.Globalization;
using MlxVideo.Engine;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.Stages;

/// <summary>Time of the check for finite values in stage outputs of a clip of 768 x 512 pixels and 121 frames.</summary>
public static class FiniteCheckBenchmark
{
    private const int Rounds = 9;

    private static readonly IReadOnlyList<(string Output, long[] Shape)> Outputs =
    [
        ("a prompt's context", [1, 1024, 4096]),
        ("latent", [1, 128, 16, 16, 24]),
        ("frames of a tile of 81 frames", [3, 81, 512, 768]),
        ("audio of 5 s", [2, 240_000]),
    ];

    /// <summary>Prints a line for each output with its number of values and its median time.</summary>
    public static void Print()
    {
        foreach (var (output, shape) in Outputs)
        {
            using var scope = NewDisposeScope();
            var values = randn(shape, ScalarType.Float32, generator: new Generator(1));
            var times = Enumerable.Range(0, Rounds).Select(_ => Seconds(values)).Order().ToList();
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{output}: {values.numel() / 1e6:0.0} million values, {times[Rounds / 2] * 1000:0.00} ms"));
        }
    }

    private static double Seconds(Tensor values)
    {
        var began = Stopwatch.GetTimestamp();
        _ = FiniteValues.Are(values);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
