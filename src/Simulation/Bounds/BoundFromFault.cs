using Google.OrTools.LinearSolver;
using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Api;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;
using MlxVideo.Simulation.Running;

namespace MlxVideo.Simulation.Bounds;

/// <summary>
/// A lower bound, in seconds since the start, on the end of a batch from a run's state at a fault. It holds for every policy, including one
/// that knows all times from the fault on. Finished stages stay finished, and running stages continue or restart on another Mac. The bound
/// separates the loss due to the unforeseeable fault from the loss due to the policy.
/// </summary>
public static class BoundFromFault
{
    // Maximum product of stages and Macs; larger programs take too long to solve.
    private const int Largest = 400;

    // The solver's best bound is valid wherever it stops. A time limit would make bounds depend on the machine.
    private const string SolverLimits = "limits/gap = 0.002\nlimits/totalnodes = 100";

    /// <summary>Computes the bound of a run; null when too much work was left, or when two Macs can share a stage.</summary>
    /// <param name="fault">The only fault of the run: a Mac slows down, dies or leaves.</param>
    public static double? Of(
        IReadOnlyList<SimulatedMac> macs, BatchRequest batch, TrueTimes times, InjectedFault fault, SimulationResult run)
    {
        if (run.Makespan <= fault.AtSeconds)
            return run.Makespan;
        var clips = ClipTime.Of(macs, batch, times);
        if (clips.Any(clip => clip.Stages.Any(stage => stage.Work.Evaluations > 1)))
            return null;
        var left = LeftStages(macs, clips, times, fault, run);
        if (left.Count == 0)
            return fault.AtSeconds;
        return left.Count * macs.Count > Largest ? null : fault.AtSeconds + Seconds(left, macs.Count) + clips.Min(clip => clip.MuxSeconds);
    }

    /// <summary>Returns the stages not done at the time of the fault, each after its dependencies.</summary>
    private static List<LeftStage> LeftStages(
        IReadOnlyList<SimulatedMac> macs, IReadOnlyList<ClipTime> clips, TrueTimes times, InjectedFault fault, SimulationResult run)
    {
        var spans = run.Spans.ToLookup(span => (span.Row, span.Stage));
        var done =
            clips.SelectMany(
                clip => clip.Stages.Where(
                    stage => spans[(clip.Row, stage.Stage.Id)].Any(span => !span.Wasted && span.End <= fault.AtSeconds)))
                    .Select(stage => stage.Work.Key).ToHashSet();
        var left = new Dictionary<string, LeftStage>(StringComparer.Ordinal);
        foreach (var clip in clips)
        {
            var makers = new Dictionary<string, LeftStage>(StringComparer.Ordinal);
            foreach (var stage in clip.Stages.Where(stage => !done.Contains(stage.Work.Key)))
            {
                if (!left.TryGetValue(stage.Work.Key, out var made))
                    left.Add(
                        stage.Work.Key,
                        made = new LeftStage(macs.Select((mac, place) => WholeSeconds(stage, mac, place, fault)).ToArray()));
                made.Before.UnionWith(stage.Stage.Inputs.Where(makers.ContainsKey).Select(input => makers[input]));
                foreach (
                    var span in spans[(clip.Row, stage.Stage.Id)]
                        .Where(span => span.Start <= fault.AtSeconds && span.End > fault.AtSeconds))
                {
                    var place = macs.TakeWhile(mac => mac.Name != span.Mac).Count();
                    var (step, all) =
                        RunningSeconds(times.Seconds(macs[place], clip.Row, stage.Stage.Id, stage.Work), stage.Work.Steps, span,
                            fault.AtSeconds, Slowness(place, fault));
                    made.Seconds[place] = Math.Min(made.Seconds[place], all);
                    made.Runs[place] = Math.Min(step, made.Seconds[place]);
                }

                foreach (var output in stage.Stage.Outputs)
                    makers[output] = made;
            }
        }

        return [.. left.Values];
    }

    /// <summary>Returns the seconds of a stage that starts after the fault; infinite on the Mac that died or left.</summary>
    private static double WholeSeconds(StageTimes stage, SimulatedMac mac, int place, InjectedFault fault) =>
        fault is MacDies or MacLeaves && fault.Mac == place
        ? double.PositiveInfinity
        : (stage.Seconds[place] * Slowness(place, fault)) + (stage.Work.OutputBytes / mac.Capabilities.LinkBytesPerSecond);

    /// <summary>
    /// Returns the seconds until a computing worker could stop, and until it has computed all steps. The current step keeps its initial
    /// speed.
    /// </summary>
    private static (double Step, double All) RunningSeconds(double seconds, int steps, WorkSpan span, double at, double slowness)
    {
        var elapsed = at - span.ComputeFrom;
        if (elapsed < 0)
            return (0, seconds * slowness);
        var done = Math.Min(steps - 1, (int)(elapsed * steps / seconds));
        var step = Math.Max(0, ((done + 1) * seconds / steps) - elapsed);
        return (step, step + ((steps - done - 1) * seconds / steps * slowness));
    }

    private static double Slowness(int place, InjectedFault fault) => fault is MacSlows slows && slows.Mac == place ? slows.Times : 1;

    /// <summary>
    /// Returns the least makespan under three constraints: each stage runs on one Mac after its dependencies, no Mac has more work than the
    /// makespan, and no Mac's work on all successors of a stage, added to the end of that stage, exceeds the makespan. When a running stage
    /// moves to another Mac, its first Mac still finishes the step.
    /// </summary>
    private static double Seconds(List<LeftStage> left, int macs)
    {
        using var solver = Solver.CreateSolver("SCIP");
        solver.SetSolverSpecificParametersAsString(SolverLimits);
        var makespan = solver.MakeNumVar(0, double.PositiveInfinity, "T");
        var isOn = left.ToDictionary(stage => stage, stage =>
            stage.Seconds.Select(seconds => solver.MakeIntVar(0, double.IsFinite(seconds) ? 1 : 0, "")).ToArray());
        var ends = left.ToDictionary(stage => stage, _ => solver.MakeNumVar(0, double.PositiveInfinity, ""));
        var behind = left.ToDictionary(stage => stage, _ => new HashSet<LeftStage>());
        foreach (var stage in Enumerable.Reverse(left))
        {
            foreach (var before in stage.Before)
                behind[before].UnionWith([stage, .. behind[stage]]);
        }

        LinearExpr On(LeftStage stage, int mac) => (double.IsFinite(stage.Seconds[mac]) ? stage.Seconds[mac] : 0) * isOn[stage][mac];
        LinearExpr Sum(IEnumerable<LinearExpr> terms) => terms.Aggregate(new LinearExpr(), (sum, term) => sum + term);
        foreach (var stage in left)
        {
            var seconds = Sum(Enumerable.Range(0, macs).Select(mac => On(stage, mac)));
            solver.Add(Sum(isOn[stage].Select(mac => 1 * mac)) == 1);
            solver.Add(ends[stage] >= seconds);
            solver.Add(ends[stage] <= makespan);
            foreach (var before in stage.Before)
                solver.Add(ends[stage] >= ends[before] + seconds);
            for (var mac = 0; mac < macs; mac++)
            {
                if (behind[stage].Count > 0)
                    solver.Add(ends[stage] + Sum(behind[stage].Select(after => On(after, mac))) <= makespan);
            }
        }

        for (var mac = 0; mac < macs; mac++)
            solver.Add(Sum(left.Select(stage => On(stage, mac) + (stage.Runs[mac] * (1 - isOn[stage][mac])))) <= makespan);
        solver.Minimize(makespan);
        return solver.Solve() is Solver.ResultStatus.OPTIMAL or Solver.ResultStatus.FEASIBLE ? solver.Objective().BestBound() : 0;
    }

    /// <summary>A stage not done at the time of the fault.</summary>
    private sealed class LeftStage(double[] seconds)
    {
        /// <summary>Seconds from the fault on that each Mac needs for the stage, by Mac index; infinite where it can't run.</summary>
        public double[] Seconds => seconds;

        /// <summary>Seconds until each Mac that runs the stage could stop it, by Mac index.</summary>
        public double[] Runs { get; } = new double[seconds.Length];

        /// <summary>The stages that it depends on.</summary>
        public HashSet<LeftStage> Before { get; } = [];
    }
}
