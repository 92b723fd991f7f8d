using System.Globalization;
using System.Text.Json;
using MlxVideo.Cli.Errors;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Json;
using MlxVideo.Simulation;
using MlxVideo.Simulation.Bounds;
using MlxVideo.Simulation.Charts;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;
using MlxVideo.Simulation.Policies;
using MlxVideo.Simulation.Replay;
using MlxVideo.Simulation.Reports;
using MlxVideo.Simulation.Running;

namespace MlxVideo.Cli.Simulate;

/// <summary>Executes a <see cref="SimulationRequest"/>.</summary>
internal static class SimulationRun
{
    private static readonly JsonSerializerOptions Indented = new(FarmJson.Options) { WriteIndented = true };

    /// <summary>Simulates, prints the results and returns the exit code.</summary>
    /// <exception cref="UsageException">The request is invalid.</exception>
    public static int Execute(SimulationRequest request, TextWriter output, TextWriter progress)
    {
        request.Check();
        var results = request.TraceFile is { } trace ? Replay(request, trace, output) : Compare(request, progress);
        if (request.Json)
            output.WriteLine(JsonSerializer.Serialize(results, Indented));
        else
            output.Write(ComparisonText.Of(results));
        return results.Any(result => result.Unfinished > 0) ? ExitCodes.Failed : ExitCodes.Done;
    }

    private static List<PolicyResult> Compare(SimulationRequest request, TextWriter progress)
    {
        var (macs, policies, counts) = (request.Farm(), request.Policies, request.ClipCounts);
        var scenarios = request.Faults is { } text
            ? [new Scenario("given", SimulationRequest.Checked(() => FaultSpec.Parse(text, macs)))]
            : Scenario.Standard(macs);
        var comparison = new Comparison(macs, request.Mix, request.Seeds, request.FromFault);
        var results = new List<PolicyResult>();
        foreach (var scenario in scenarios)
        {
            foreach (var clips in counts)
            {
                progress.WriteLine(
                    string.Create(CultureInfo.InvariantCulture, $"simulating: {scenario.Name}, {clips} clips, {request.Seeds} seeds"));
                results.AddRange(comparison.Run(policies, clips, scenario));
            }
        }

        if (request.ChartFile is { } chart)
        {
            var run =
                FarmSimulation.Run(NamedPolicies.Make(policies[0]), macs, Comparison.BatchOf(request.Mix, counts[0], 1), new TrueTimes(1),
                    scenarios[0].Faults);
            Draw(chart, $"{policies[0]}, {counts[0]} clips, {scenarios[0].Name}", run, macs, mac => mac);
        }

        return results;
    }

    private static List<PolicyResult> Replay(SimulationRequest request, string file, TextWriter output)
    {
        var replay = SimulationRequest.Checked(() => new TraceReplay(BatchTrace.Read(file)));
        var bound = LowerBound.Of(replay.Macs, replay.Batch, replay.Times, replay.Faults);
        if (!request.Json)
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"actual run: {replay.Seconds:0.0} s, {replay.Seconds / bound:0.000} times the lower bound"));
        var runs =
            request.Policies.Select(
                policy =>
                    (Policy: policy,
                        Run: FarmSimulation.Run(NamedPolicies.Make(policy), replay.Macs, replay.Batch, replay.Times, replay.Faults)))
                            .ToList();
        if (request.ChartFile is { } chart)
            Draw(chart, $"{Path.GetFileName(file)} under {runs[0].Policy}", runs[0].Run, replay.Macs, mac => replay.Names[mac]);
        return runs.Select(run => new PolicyResult(
            run.Policy, replay.Batch.Clips.Count, replay.Macs.Count, "trace", Spread.Of([run.Run.Makespan / bound]), run.Run.MeanCompletion,
            run.Run.FirstClip,
            run.Run.ModelLoads, run.Run.WastedSeconds, run.Run.Makespan, bound, run.Run.Failed)).ToList();
    }

    private static void Draw(string file, string title, SimulationResult run, IReadOnlyList<SimulatedMac> macs, Func<string, string> nameOf)
    {
        var spans = run.Spans.Select(span => span with { Mac = nameOf(span.Mac) }).ToList();
        File.WriteAllText(file, WorkChart.Draw(title, spans, macs.Select(mac => nameOf(mac.Name)).ToList(), run.Makespan));
    }
}
