using System.Globalization;
using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Simulation.Bounds;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;
using MlxVideo.Simulation.Policies;
using MlxVideo.Simulation.Reports;
using MlxVideo.Simulation.Running;
using MlxVideo.Simulation.Workloads;

namespace MlxVideo.Simulation;

/// <summary>Runs policies over identical seeded batches and compares each run with the lower bound of its batch.</summary>
/// <param name="mix">The mix of clips; see <see cref="Workload.Mixes"/>.</param>
/// <param name="seeds">Number of batches, each with the times of its own seed.</param>
/// <param name="fromFault">True to also compute the bound from the fault, which takes seconds per batch.</param>
public sealed class Comparison(IReadOnlyList<SimulatedMac> macs, string mix, int seeds, bool fromFault = false)
{
    /// <summary>Runs policies in a scenario.</summary>
    /// <param name="policies">Names of the policies.</param>
    /// <param name="clips">Number of clips per batch.</param>
    public IReadOnlyList<PolicyResult> Run(IReadOnlyList<string> policies, int clips, Scenario scenario)
    {
        var batches = Enumerable.Range(1, seeds).Select(seed => (Batch: BatchOf(mix, clips, seed), Times: new TrueTimes(seed))).ToList();
        var bounds = OnAllCores(batches, batch => LowerBound.Of(macs, batch.Batch, batch.Times, scenario.Faults));
        return policies.Select(policy =>
        {
            var runs = OnAllCores(
                batches, batch => FarmSimulation.Run(NamedPolicies.Make(policy), macs, batch.Batch, batch.Times, scenario.Faults));
            return new PolicyResult(
                policy,
                clips,
                macs.Count,
                scenario.Name,
                Rounded(Spread.Of(runs.Zip(bounds, (run, bound) => run.Failed > 0 ? double.PositiveInfinity : run.Makespan / bound))),
                Math.Round(Spread.MedianOf(runs.Select(run => run.MeanCompletion)), 1),
                Math.Round(Spread.MedianOf(runs.Select(run => run.FirstClip)), 1),
                Spread.MedianOf(runs.Select(run => (double)run.ModelLoads)),
                Math.Round(Spread.MedianOf(runs.Select(run => run.WastedSeconds)), 1),
                Math.Round(Spread.MedianOf(runs.Select(run => run.Makespan)), 1),
                Math.Round(Spread.MedianOf(bounds), 1),
                runs.Sum(run => run.Failed))
            {
                BoundFromFaultS = fromFault && policy == NamedPolicies.Own && scenario.Faults is [MacSlows or MacDies or MacLeaves]
                    ? FromFault(batches, runs, scenario.Faults[0])
                    : null,
            };
        }).ToList();
    }

    /// <summary>Creates the batch of a seed.</summary>
    public static BatchRequest BatchOf(string mix, int clips, int seed) => new(
        string.Create(CultureInfo.InvariantCulture, $"simulated-{seed}"),
        Workload.Of(mix, clips, seed)
            .Select((settings, index) =>
                new ClipRequest(
                    index + 1, string.Create(CultureInfo.InvariantCulture, $"{index + 1}.mp4"), new ClipConstraints(), settings)).ToList());

    /// <summary>Runs batches in parallel. They are independent, so results do not depend on the degree of parallelism.</summary>
    private static List<T> OnAllCores<TBatch, T>(IEnumerable<TBatch> batches, Func<TBatch, T> run) =>
        batches.AsParallel().AsOrdered().Select(run).ToList();

    private double? FromFault(
        IReadOnlyList<(BatchRequest Batch, TrueTimes Times)> batches, IReadOnlyList<SimulationResult> runs, InjectedFault fault)
    {
        var bounds = batches.Zip(runs, (batch, run) => BoundFromFault.Of(macs, batch.Batch, batch.Times, fault, run))
            .OfType<double>().ToList();
        return bounds.Count < runs.Count ? null : Math.Round(Spread.MedianOf(bounds), 1);
    }

    private static Spread Rounded(Spread spread) => new(Math.Round(spread.Median, 4), Math.Round(spread.P95, 4));
}
