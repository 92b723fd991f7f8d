using System.Globalization;
using MlxVideo.Benchmarks.Measuring;
using MlxVideo.Engine.Models.Tiny;

namespace MlxVideo.Benchmarks.Streaming;

/// <summary>
/// Peak memory and temporary files of <c>generate --stream</c> while it decodes and encodes clips of the same size and different lengths,
/// each measured in a separate process.
/// </summary>
public static class StreamingBenchmark
{
    private static readonly int[] Lengths = [33, 121, 481];

    /// <summary>Measures, prints a line per clip, and returns whether the peaks differ by less than 10 %.</summary>
    public static bool Run(Action<string> progress)
    {
        var folder = Directory.CreateTempSubdirectory("mlx-video-benchmark-").FullName;
        try
        {
            var model = Path.Combine(folder, "model");
            TinyModel.Write(model);
            var peaks = new List<long>();
            foreach (var length in Lengths)
            {
                progress($"{length} frames");
                var result = ChildProcess.Start<StreamingResult>(StreamingChild.Verb, model, length.ToString(CultureInfo.InvariantCulture));
                peaks.Add(result.PeakBytes);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{length} frames: peak memory {result.PeakBytes / 1e6:0} MB ({result.AboveStartBytes / 1e6:0} MB above the start), "
                        + $"temporary files up to {result.TemporaryBytes / 1e6:0} MB, {result.Seconds:0.0} s"));
            }

            var difference = (double)peaks.Max() / peaks.Min() - 1;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"difference of the peaks: {difference * 100:0.0} %"));
            return difference < 0.1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
