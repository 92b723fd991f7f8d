using Google.OrTools.LinearSolver;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Farm;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Renders.Stages;
using MlxVideo.Shared.Scheduling.Work;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;
using MlxVideo.Simulation.Running;

namespace MlxVideo.Simulation.Bounds;

/// <summary>
/// Seconds below which no policy can render a batch, one that knows all times and faults beforehand included: the largest of
/// the fractional area, with the loads that it forces, and the longest chain of one clip. docs/scheduling.md explains it.
/// </summary>
public static class LowerBound
{
    // Beyond this number of Macs, whether a Mac loads a part is a fraction too.
    private const int MostMacsForExactLoads = 8;
    private const int SolverMilliseconds = 2000;

    /// <summary>The bound of a batch on a farm.</summary>
    public static double Of(IReadOnlyList<SimulatedMac> macs, SubmitBatch batch, TrueTimes times, IReadOnlyList<MacFault> faults)
    {
        var clips = ClipTimes(macs, batch, times);
        var firstPrompt = macs.Min(mac => LoadSeconds(mac, ModelPart.TextEncoder, times)) + clips.Min(clip => clip.Best(EncodePromptTask.Name));
        var path = clips.Max(clip => clip.Path) + macs.Min(mac => LoadSeconds(mac, ModelPart.TextEncoder, times));
        var lastDecode = clips.Min(clip => clip.Best(DecodeVideoTask.Name));
        var mux = clips.Min(clip => clip.MuxSeconds);
        return Math.Max(path, Area(macs, clips, times, faults, firstPrompt, lastDecode, mux));
    }

    /// <summary>
    /// The least T for which every stage's work, split over the Macs as one likes, fits into the Macs' time: a Mac that does
    /// a stage at all loads its part once; no latent is denoised before the first prompt was encoded, or in the time of the
    /// shortest decode at the end.
    /// </summary>
    private static double Area(
        IReadOnlyList<SimulatedMac> macs, IReadOnlyList<ClipTime> clips, TrueTimes times, IReadOnlyList<MacFault> faults, double firstPrompt, double lastDecode, double mux)
    {
        using var solver = Solver.CreateSolver(macs.Count <= MostMacsForExactLoads ? "SCIP" : "GLOP");
        solver.SetTimeLimit(SolverMilliseconds);
        var makespan = solver.MakeNumVar(0, double.PositiveInfinity, "T");
        var work = new List<(int Mac, string Kind, LinearExpr Seconds)>();
        var loads = new Dictionary<(int Mac, ModelPart Part), Variable>();
        foreach (var group in clips.SelectMany(clip => clip.Tasks).GroupBy(task => task.Work.Kind))
        {
            var shares = new LinearExpr();
            var part = group.First().Work.Part!.Value;
            for (var mac = 0; mac < macs.Count; mac++)
            {
                var seconds = group.Sum(task => task.Seconds[mac]);
                if (double.IsInfinity(seconds))
                    continue;
                var share = solver.MakeNumVar(0, 1, "");
                shares += share;
                work.Add((mac, group.Key, seconds * share));
                if (!loads.TryGetValue((mac, part), out var load))
                    loads.Add((mac, part), load = macs.Count <= MostMacsForExactLoads ? solver.MakeBoolVar("") : solver.MakeNumVar(0, 1, ""));
                solver.Add(share <= load);
            }

            solver.Add(shares == 1);
        }

        for (var mac = 0; mac < macs.Count; mac++)
        {
            LinearExpr Sum(Func<string, bool> kinds) => work.Where(item => item.Mac == mac && kinds(item.Kind)).Aggregate(new LinearExpr(), (sum, item) => sum + item.Seconds);
            var loading = loads.Where(load => load.Key.Mac == mac).Aggregate(new LinearExpr(), (sum, load) => sum + (LoadSeconds(macs[mac], load.Key.Part, times) * load.Value));
            foreach (var capacity in Capacities(mac, makespan, faults))
            {
                solver.Add(Sum(_ => true) + loading <= capacity - mux);
                solver.Add(Sum(kind => kind != EncodePromptTask.Name && kind != EncodeConditioningTask.Name) <= capacity - firstPrompt - mux);
                solver.Add(Sum(kind => kind == DenoiseTask.Name) <= capacity - firstPrompt - lastDecode - mux);
            }
        }

        solver.Minimize(makespan);
        var status = solver.Solve();
        return status is Solver.ResultStatus.OPTIMAL or Solver.ResultStatus.FEASIBLE ? solver.Objective().BestBound() : 0;
    }

    /// <summary>Seconds of work that a Mac can do until T, by its faults; each is an upper bound.</summary>
    private static IEnumerable<LinearExpr> Capacities(int mac, Variable makespan, IReadOnlyList<MacFault> faults)
    {
        yield return 1 * makespan;
        foreach (var fault in faults.Where(fault => fault.Mac == mac))
        {
            switch (fault)
            {
                case MacDies or MacLeaves:
                    yield return new LinearExpr() + fault.AtSeconds;
                    break;
                case MacSlows slows:
                    yield return (makespan / slows.Times) + (fault.AtSeconds * (1 - (1 / slows.Times)));
                    break;
                case MacJoins:
                    yield return makespan - fault.AtSeconds;
                    break;
            }
        }
    }

    private static List<ClipTime> ClipTimes(IReadOnlyList<SimulatedMac> macs, SubmitBatch batch, TrueTimes times) => batch.Clips.Select(clip =>
    {
        var plan = StagePlanner.Plan(clip.Settings);
        var work = ClipWork.Of(plan, clip.Settings);
        var tasks = plan.Tasks.Where(task => work[task.Id].Part is not null).Select(task => new TaskTimes(
            task,
            work[task.Id],
            macs.Select(mac => CanHold(mac, work[task.Id]) ? times.Seconds(mac, clip.Row, task.Id, work[task.Id]) : double.PositiveInfinity).ToArray())).ToList();
        return new ClipTime(plan, tasks, times.MuxSeconds(work[plan.Tasks[^1].Id]));
    }).ToList();

    private static bool CanHold(SimulatedMac mac, TaskWork work) =>
        mac.Capabilities.LeastBytesOf(work.Part!.Value) + (work.ActivationElements * mac.Capabilities.BytesPerElement) <= mac.Capabilities.MemoryBytes;

    private static double LoadSeconds(SimulatedMac mac, ModelPart part, TrueTimes times) => times.LoadSeconds(mac, mac.Capabilities.BytesOf(part));

    private sealed record TaskTimes(StageTask Task, TaskWork Work, double[] Seconds)
    {
        public double Best { get; } = Seconds.Min();
    }

    private sealed record ClipTime(StagePlan Plan, IReadOnlyList<TaskTimes> Tasks, double MuxSeconds)
    {
        /// <summary>Seconds of its longest chain, each task on the Mac that is best at it.</summary>
        public double Path { get; } = LongestPath(Plan, Tasks) + MuxSeconds;

        public double Best(string kind) => Tasks.Where(task => task.Work.Kind == kind).Min(task => task.Best);

        private static double LongestPath(StagePlan plan, IReadOnlyList<TaskTimes> tasks)
        {
            var ends = plan.Given.Keys.ToDictionary(given => given, _ => 0.0);
            foreach (var task in tasks)
            {
                var end = task.Task.Inputs.Select(input => ends[input]).DefaultIfEmpty(0).Max() + task.Best;
                foreach (var output in task.Task.Outputs)
                    ends[output] = end;
            }

            return ends.Values.Max();
        }
    }
}
