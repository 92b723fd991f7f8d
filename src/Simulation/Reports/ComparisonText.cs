using System.Globalization;
using System.Text;

namespace MlxVideo.Simulation.Reports;

/// <summary>Formats results as text tables.</summary>
public static class ComparisonText
{
    /// <summary>Returns one table per scenario, number of clips and number of workers.</summary>
    public static string Of(IReadOnlyList<PolicyResult> results)
    {
        var text = new StringBuilder();
        foreach (var table in results.GroupBy(result => (result.Scenario, result.Clips, result.Workers)))
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{table.Key.Clips} clips, {table.Key.Workers} workers, {table.Key.Scenario}: lower bound {table.First().BoundS:0} s");
            text.AppendLine("policy               makespan s  over bound   p95    mean clip s  first clip s  loads  wasted s");
            foreach (var result in table)
            {
                text.AppendLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{result.Policy,-20} {result.MakespanS,10:0} {result.MakespanOverBound.Median,11:0.000} "
                        + $"{result.MakespanOverBound.P95,6:0.000} {result.MeanCompletionS,13:0} {result.FirstClipS,13:0} "
                        + $"{result.ModelLoads,6:0} "
                        + $"{result.WastedS,9:0}{(result.Unfinished > 0 ? $"  {result.Unfinished} unfinished clips" : "")}"));
            }

            text.AppendLine();
        }

        return text.ToString();
    }
}
