using System.Globalization;
using System.Text.Json;

namespace MlxVideo.Benchmarks.Scheduling;

/// <summary>Prints the scheduler benchmark as text or JSON.</summary>
public static class SchedulerReport
{
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static void Print(SchedulerBenchmark result, bool asJson)
    {
        if (asJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(result, Json));
            return;
        }

        Console.WriteLine(
            $"{result.Workers} workers, {result.OpenStages} open stages, {result.Events} results, each followed by a decision");
        Console.WriteLine("                                     median ms    p95 ms    max ms");
        Print("decision", result.DecisionMs);
        Print("visiting every worker (lower bound)", result.FloorMs);
        Print("applying a result to the state", result.ApplyMs);
        Print($"batch end: {result.EndWorkers} workers, {result.EndClips} clips", result.EndDecisionMs);
        Print("batch end without rule evaluation", result.EndFloorMs);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture, $"live objects: {result.HeapBeforeMb:0.0} MB before, {result.HeapAfterMb:0.0} MB after"));
    }

    private static void Print(string name, Percentiles times) =>
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{name,-35} {times.Median,10:0.000} {times.P95,9:0.000} {times.Max,9:0.000}"));
}
