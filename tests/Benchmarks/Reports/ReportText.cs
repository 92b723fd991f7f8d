using System.Globalization;
using System.Text;
using MlxVideo.Benchmarks.Memory;

namespace MlxVideo.Benchmarks.Reports;

/// <summary>Formats the report as human-readable text.</summary>
public static class ReportText
{
    /// <summary>Returns the tables and summary lines of a report.</summary>
    public static string Of(BenchmarkReport report)
    {
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{report.Machine}; device {report.Device}, kernels {report.Kernels}, {report.Threads} libtorch threads; "
                + $"medians of {report.Rounds} interleaved runs");
        if (report.Comparisons.Count > 0)
        {
            text.AppendLine()
                .AppendLine("work                         dtype     engine s   bare s    ratio  fastest  processor  goal   peak MB");
            foreach (var row in report.Comparisons)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"{row.Name,-28} {row.Dtype,-9}{row.Engine.Median,8:F3} "
                    + $"{row.Bare.Median,8:F3} {row.Ratio,8:F3} {row.RatioOfFastest,8:F3} {row.ProcessorRatio,10:F3} {row.Goal,5:F2} "
                    + $"{row.PeakBytes / 1e6,9:F0}");
            }

            text.AppendLine().AppendLine("time breakdown of one engine run");
            foreach (var row in report.Comparisons)
            {
                var total = row.Parts.Values.Sum();
                var parts = row.Parts.OrderByDescending(part => part.Value)
                    .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Key} {part.Value / total:P1}"));
                text.AppendLine(CultureInfo.InvariantCulture, $"{row.Name,-28} {row.Dtype,-9} {string.Join(", ", parts)}");
            }
        }

        if (report.Memory is { } memory)
            AppendMemory(text, memory);
        return text.ToString();
    }

    private static void AppendMemory(StringBuilder text, MemoryBenchmark memory)
    {
        string Gb(long? bytes) => bytes is { } known
            ? string.Create(CultureInfo.InvariantCulture, $"{known / 1e9:F3} GB")
            : "not measured";
        text.AppendLine()
            .AppendLine(
                CultureInfo.InvariantCulture,
                $"transformer of {memory.Blocks} blocks, {Gb(memory.BlockBytes)} each, in a file of {Gb(memory.FileBytes)}, bfloat16");
        text.AppendLine(CultureInfo.InvariantCulture, $"reading into one reused buffer: {memory.Reading.Median:F2} s; into new memory: "
            + $"{memory.Keeping.Median:F2} s; loading: {memory.Loading.Median:F2} s ({memory.Loading.Median / memory.Keeping.Median:F2} "
            + $"x reading into new memory)");
        text.AppendLine(CultureInfo.InvariantCulture, $"peak memory of loading: {Gb(memory.Loaded.PeakBytes)} "
            + $"({(memory.Loaded.PeakBytes / (double)memory.FileBytes - 1) * 100:+0.0;-0.0} % relative to the file size), of which "
            + $"{Gb(memory.Loaded.AnonymousBytes)} anonymous");
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"two evaluations, all blocks resident: {memory.Resident.Seconds:F2} s, peak {Gb(memory.Resident.PeakBytes)}");
        foreach (var (window, run) in memory.Streamed)
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"two evaluations, window of {window} streamed blocks: {run.Seconds:F2} s, peak {Gb(run.PeakBytes)}");
        text.AppendLine(memory.EqualBits ? "streamed and resident results are bit-identical" : "STREAMED AND RESIDENT RESULTS DIFFER");
    }
}
