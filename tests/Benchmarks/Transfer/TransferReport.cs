using System.Globalization;
using System.Text;

namespace MlxVideo.Benchmarks.Transfer;

/// <summary>The result of the transfer benchmark.</summary>
/// <param name="Workers">Number of workers that send at the same time.</param>
/// <param name="Idle">Round trips without any transfer.</param>
/// <param name="Results">One result for each way to secure the data plane.</param>
public sealed record TransferReport(
    int Workers, int Tiles, int Mebibytes, int Rounds, RoundTrips Idle, IReadOnlyList<TransferResult> Results)
{
    /// <summary>Returns the report as text.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture, $"{Workers} workers, each with {Tiles} tiles of {Mebibytes} MiB per round; {Rounds} rounds");
        text.AppendLine(CultureInfo.InvariantCulture, $"{"",-34}     MB/s  round trips: p50, p99, max");
        text.AppendLine(CultureInfo.InvariantCulture, $"{"idle",-34} {"",8} {Idle}");
        foreach (var result in Results)
        {
            Append(text, $"PUT /blobs, {result.Security}", result.DataPlane);
            Append(text, "raw TCP into memory", result.RawToMemory);
            Append(text, "raw TCP into files", result.RawToFile);
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"ratio to raw TCP: {result.RatioToMemory:0.00} (into memory), {result.RatioToFile:0.00} (into files)");
        }

        return text.ToString().TrimEnd();
    }

    private static void Append(StringBuilder text, string name, Throughput throughput) => text.AppendLine(
        CultureInfo.InvariantCulture, $"{name,-34} {throughput.MegabytesPerSecond,8:0} {throughput.RoundTrips}");
}

/// <summary>The data plane compared with raw TCP.</summary>
/// <param name="Security">How the data plane was secured: <c>none</c> or <c>tls</c>.</param>
/// <param name="RatioToMemory">Median over the rounds of the data plane's speed divided by that of raw TCP into memory.</param>
/// <param name="RatioToFile">Median over the rounds of the data plane's speed divided by that of raw TCP into files.</param>
public sealed record TransferResult(
    string Security, Throughput DataPlane, Throughput RawToMemory, Throughput RawToFile, double RatioToMemory, double RatioToFile);

/// <summary>Median speed of a way to transfer, in 10⁶ bytes per second, and the round trips during the transfers.</summary>
public sealed record Throughput(double MegabytesPerSecond, RoundTrips RoundTrips);
