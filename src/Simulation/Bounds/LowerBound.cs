using Google.OrTools.LinearSolver;
using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;
using MlxVideo.Simulation.Running;

namespace MlxVideo.Simulation.Bounds;

/// <summary>
/// A lower bound, in seconds, on the makespan of every policy, including one that knows all times and faults beforehand: the larger of the
/// fractional area, with the loads that it forces, and the longest chain of one clip. docs/scheduling.md explains it.
/// </summary>
public static class LowerBound
{
    // Beyond this number of Macs, the decision to load a component is fractional too.
    private const int MaxMacsForExactLoads = 8;

    // The solver's best bound is valid wherever it stops. A time limit would make bounds depend on the machine.
    private const string SolverLimits = "limits/gap = 0.001\nlimits/totalnodes = 50";

    /// <summary>Computes the bound of a batch on a farm.</summary>
    public static double Of(IReadOnlyList<SimulatedMac> macs, BatchRequest batch, TrueTimes times, IReadOnlyList<InjectedFault> faults)
    {
        var clips = ClipTime.Of(macs, batch, times);
        var firstPrompt = macs.Min(mac => LoadSeconds(mac, ModelComponent.TextEncoder, times))
            + clips.Min(clip => clip.Best(EncodePromptStage.KindId));
        var path = clips.Max(clip => clip.Path) + macs.Min(mac => LoadSeconds(mac, ModelComponent.TextEncoder, times));
        var lastDecode = clips.Min(clip => clip.Best(DecodeVideoStage.KindId));
        var mux = clips.Min(clip => clip.MuxSeconds);
        return Math.Max(path, Area(macs, clips, times, faults, firstPrompt, lastDecode, mux));
    }

    /// <summary>
    /// Returns the least area over the number of joining Macs that have joined by the end: the others can't be waited for, and need not be.
    /// An area is infinite when there are too few Macs. Returns 0 when no bound is known.
    /// </summary>
    private static double Area(
        IReadOnlyList<SimulatedMac> macs, IReadOnlyList<ClipTime> clips, TrueTimes times, IReadOnlyList<InjectedFault> faults,
        double firstPrompt, double lastDecode, double mux)
    {
        var joins = faults.OfType<MacJoins>().OrderBy(join => join.AtSeconds).ToList();
        var least = Enumerable.Range(0, joins.Count + 1).Min(joined =>
        {
            var absent = joins.Skip(joined).Select(join => join.Mac).ToHashSet();
            var there = Enumerable.Range(0, macs.Count).Where(mac => !absent.Contains(mac)).ToList();
            var earliest = joined == 0 ? 0 : joins[joined - 1].AtSeconds + mux;
            return Area(macs, there, clips, times, faults, earliest, firstPrompt, lastDecode, mux);
        });
        return double.IsInfinity(least) ? 0 : least;
    }

    /// <summary>
    /// Returns the least T for which every stage's work, split arbitrarily over the Macs, fits into the Macs' time. A Mac that runs any
    /// share of a stage loads the stage's component once. No latent is denoised before the first prompt is encoded, or during the time of
    /// the shortest decode at the end.
    /// </summary>
    private static double Area(
        IReadOnlyList<SimulatedMac> macs, IReadOnlyList<int> there, IReadOnlyList<ClipTime> clips, TrueTimes times,
        IReadOnlyList<InjectedFault> faults,
        double earliest, double firstPrompt, double lastDecode, double mux)
    {
        var isExact = there.Count <= MaxMacsForExactLoads;
        using var solver = Solver.CreateSolver(isExact ? "SCIP" : "GLOP");
        if (isExact)
            solver.SetSolverSpecificParametersAsString(SolverLimits);
        var makespan = solver.MakeNumVar(earliest, double.PositiveInfinity, "T");
        var work = new List<(int Mac, string Kind, LinearExpr Seconds)>();
        var loads = new Dictionary<(int Mac, ModelComponent Component), Variable>();

        // A stage shared by several clips runs once. Stages of equal size fit on the same Macs and take proportional times there, so one
        // share represents all of them.
        foreach (
            var group in clips.SelectMany(clip => clip.Stages).DistinctBy(stage => stage.Work.Key)
                .GroupBy(stage => (stage.Work.Kind, stage.Work.TeraOperations, stage.Work.ActivationElements)))
        {
            var shares = new LinearExpr();
            var component = group.First().Work.Component!.Value;
            var able = there.Where(mac => !double.IsInfinity(group.First().Seconds[mac])).ToList();
            if (able.Count == 0)
                return double.PositiveInfinity;
            foreach (var mac in able)
            {
                var share = solver.MakeNumVar(0, 1, "");
                shares += share;
                work.Add((mac, group.Key.Kind, group.Sum(stage => stage.Seconds[mac]) * share));
                if (!loads.TryGetValue((mac, component), out var load))
                    loads.Add((mac, component), load = isExact ? solver.MakeBoolVar("") : solver.MakeNumVar(0, 1, ""));
                solver.Add(share <= load);
            }

            solver.Add(shares == 1);
        }

        foreach (var mac in there)
        {
            LinearExpr Sum(Func<string, bool> kinds) =>
                work.Where(item => item.Mac == mac && kinds(item.Kind)).Aggregate(new LinearExpr(), (sum, item) => sum + item.Seconds);
            var loading = loads.Where(load => load.Key.Mac == mac)
                .Aggregate(new LinearExpr(), (sum, load) => sum + (LoadSeconds(macs[mac], load.Key.Component, times) * load.Value));
            var longestStep = clips.SelectMany(clip => clip.Stages)
                .Max(stage => double.IsInfinity(stage.Seconds[mac]) ? 0 : stage.Seconds[mac] / stage.Work.Steps);
            foreach (var capacity in Capacities(mac, faults, longestStep))
            {
                solver.Add(Sum(_ => true) + (capacity.LoadShare * loading) <= capacity.Between(0, makespan - mux));
                solver.Add(Sum(kind => !PrecedesFirstPrompt(kind)) <= capacity.Between(firstPrompt, makespan - mux));
                solver.Add(Sum(kind => kind == DenoiseStage.KindId) <= capacity.Between(firstPrompt, makespan - mux - lastDecode));
            }
        }

        solver.Minimize(makespan);
        return solver.Solve() switch
        {
            Solver.ResultStatus.OPTIMAL => isExact ? solver.Objective().BestBound() : solver.Objective().Value(),
            Solver.ResultStatus.FEASIBLE => isExact ? solver.Objective().BestBound() : 0,
            Solver.ResultStatus.INFEASIBLE => double.PositiveInfinity,
            _ => 0,
        };
    }

    /// <summary>Returns true for stage kinds that can run before the first prompt is encoded.</summary>
    private static bool PrecedesFirstPrompt(string kind) =>
        kind is EnhancePromptStage.KindId or EncodePromptStage.KindId or EncodeConditioningStage.KindId;

    /// <summary>Returns upper bounds on a Mac's seconds of work in an interval: one without faults and one per fault.</summary>
    private static IEnumerable<Capacity> Capacities(int mac, IReadOnlyList<InjectedFault> faults, double longestStep)
    {
        yield return new Capacity(1, (start, end) => end - start);
        foreach (var fault in faults.Where(fault => fault.Mac == mac))
        {
            switch (fault)
            {
                case MacDies or MacLeaves:
                    yield return new Capacity(1, (start, _) => new LinearExpr() + Math.Max(0, fault.AtSeconds - start));
                    break;
                case MacSlows { Times: > 1 } slows:
                    // The current step keeps its initial speed, and loading is not slowed down.
                    var slowFrom = slows.AtSeconds + longestStep;
                    var gained = slowFrom * (1 - (1 / slows.Times));
                    yield return new Capacity(1 / slows.Times, (start, end) =>
                        (end / slows.Times) + (gained - Math.Min(start, gained + (start / slows.Times))));
                    break;
                case MacJoins:
                    yield return new Capacity(1, (start, end) => end - Math.Max(start, fault.AtSeconds));
                    break;
            }
        }
    }

    private static double LoadSeconds(SimulatedMac mac, ModelComponent component, TrueTimes times) => times.LoadSeconds(mac, component);

    /// <summary>A Mac's capacity for work.</summary>
    /// <param name="LoadShare">Capacity used by one second of loading, in seconds of work.</param>
    /// <param name="Between">Seconds of work between two times.</param>
    private sealed record Capacity(double LoadShare, Func<double, LinearExpr, LinearExpr> Between);
}
